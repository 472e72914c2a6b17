# columns.awk - print two outputs of calls.awk side by side. Its files: the facts, our calls, the runtime's calls.
# A call that only the runtime makes is marked with !, and explained if the facts have an entry for it.
#
# -v width=80  -v us=step4-pivot  -v them="crun 1.8.1"  -v given="what the runtime was given"

function pad(text, size) {
	return sprintf("%-" size "s", text)
}

# The first part of text, at most size columns wide. The remainder is stored in `rest`.
function cut(text, size,   at) {
	if (length(text) <= size) {
		rest = ""
		return text
	}
	for (at = size + 1; at > 1 && substr(text, at, 1) != " "; at--)
		;
	if (at == 1)
		at = size
	rest = substr(text, at + 1)
	sub(/^ +/, "", rest)
	return substr(text, 1, substr(text, at, 1) == " " ? at - 1 : at)
}

function row(mark, left, right,   a, b) {
	do {
		a = cut(left, column)
		left = rest == "" ? "" : "  " rest
		b = cut(right, column)
		right = rest == "" ? "" : "  " rest
		line = mark " " pad(a, column) "  " b
		sub(/ +$/, "", line)
		print line
		mark = " "
	} while (left != "" || right != "")
}

function explain(key,   text) {
	text = fact[key]
	while (text != "") {
		print "      " cut(text, width - 6)
		text = rest
	}
}

function skip(key, call) {
	row("!", "-", call)
	explain(key)
	skipped++
	cve += fact[key] ~ /CVE/
}

# The flags that the runtime's mount has, and ours lacks.
function lacks(ours, theirs,   word, n, i, result) {
	n = split(theirs, word, "|")
	for (i = 1; i <= n; i++)
		if (index(ours "|", word[i] "|") == 0)
			result = result (result ? "|" : "") word[i]
	return result
}

function group(name,   i, id, key, missing) {
	print ""
	print toupper(name)
	for (i = 1; i <= count[0]; i++) {
		id = list[0, i]
		if (where[id] != name)
			continue
		row(" ", cell[0, id], (1, id) in cell ? cell[1, id] : "")
		(1, id) in cell ? both++ : alone++
		missing = (1, id) in cell ? lacks(flags[0, id], flags[1, id]) : ""
		if (missing)
			skip(missing, missing " on " key_of[id])
	}
	for (i = 1; i <= count[1]; i++) {
		id = list[1, i]
		if (where[id] == name && !((0, id) in cell))
			skip(key_of[id], cell[1, id])
	}
}

BEGIN { FS = "\t"; column = int((width - 4) / 2) }
FNR == 1 { file++ }
file == 1 {
	if ($1 !~ /^#/ && NF) {
		key = $1
		sub(/ .*/, "", key)
		text = $0
		sub(/^[^ ]+ +/, "", text)
		fact[key] = text
	}
	next
}
{
	side = file - 2
	id = $1 SUBSEP $2
	list[side, ++count[side]] = id
	where[id] = $1
	key_of[id] = $2
	cell[side, id] = $3
	flags[side, id] = $4
	if ($4 != "") {
		gsub(/MS_/, "", $4)
		sub(/RDONLY/, "ro", $4)
		gsub(/\|/, " ", $4)
		cell[side, id] = $3 " " tolower($4)
	}
}
END {
	row(" ", us, them)
	row(" ", "", given)
	n = split("namespaces mounts root cgroup network privileges exec", groups, " ")
	for (g = 1; g <= n; g++)
		group(groups[g])
	print ""
	printf "In both: %d. Only %s: %d.\n! Only %s: %d, %d of them with a CVE.\n", both, us, alone, them, skipped, cve
}

# shellcheck shell=bash
#
# page.bash - the page's own channel to the machine, on its serial port. One line is one request:
#
#   ID COMMAND [WORD...]
#
# The answer is "<ID", what COMMAND printed, and ">ID STATUS". COMMAND is one of the functions below:
#
#   clock SECONDS        set the clock to SECONDS since 1970
#   seed HEX             add HEX to the kernel's randomness, and make it begin anew with it
#   size N ROWS COLUMNS  tell terminal N (0: lab#, 1: lab2#) its size
#   second               open lab2# on the second terminal, if it is not open
#   files                print "MTIME SIZE PATH" of every file below work/ (only of those that a page can keep)
#   get PATH             print a file below work/ in base64
#   put PATH COUNT       write the COUNT characters of base64 that follow this line to a file below work/; at most 3000,
#                        because a terminal of Linux holds 4096 bytes, and drops what is too much
#   add PATH COUNT       the same, at the end of the file
#   remove PATH          remove a file below work/
#   run COMMAND...       run COMMAND in the shell, outside of the lab

toolkit=/containers-step-by-step

clock() { date -s "@$1"; }
seed() { /lib/lab/reseed <<<"$1"; }
size() { stty -F "/dev/hvc$1" rows "$2" cols "$3"; }

second() {
	[[ -z ${joined-} ]] || ! kill -0 "$joined" 2>/dev/null || return 0
	setsid --ctty --wait script -qec 'lab/shell --join' /dev/null <>/dev/hvc1 >&0 2>&1 &
	joined=$!
}

# below_work PATH: sets file; fails if PATH leads out of work/.
below_work() {
	file=$toolkit/work/$1
	if [[ -z $1 || /$1/ == */../* ]]; then
		echo "$1 does not lie below work/"
		return 1
	fi
}

files() { [[ ! -d work ]] || find work -type f -size -256k -printf '%T@ %s %P\n'; }
get() { below_work "$1" && base64 -w 0 "$file" && echo; }
put() { take "$@" && base64 -d <<<"$taken" >"$file"; }
add() { take "$@" && base64 -d <<<"$taken" >>"$file"; }
remove() { below_work "$1" && rm -f "$file"; }

# The characters are read in any case: they are not another request.
take() {
	taken=$(head -c "$2")
	below_work "$1" && mkdir -p "${file%/*}"
}

# From a terminal, read would take more than its line, and head would miss that. From a pipe, it takes byte by byte.
cd "$toolkit" || exit
cat | while read -r id request; do
	[[ -n $id ]] || continue # the end of the line that put or add has read
	read -ra words <<<"$request"
	printf '<%s\n' "$id"
	status=0
	case ${words[0]-} in
	clock | seed | size | second | files | get | put | add | remove) "${words[@]}" || status=$? ;;
	run) eval "${request#run}" || status=$? ;;
	*)
		echo "no command '${words[0]-}'"
		status=125
		;;
	esac
	printf '>%s %s\n' "$id" "$status"
done 2>&1

/*
 * workbench.h - what a step needs besides its container. The same file in all six steps.
 *
 * Read the step first: nothing in here is about containers. What the step uses:
 *
 *   DO(why, call)                make a system call, and print it under --explain; if it fails, say so and exit
 *   DO_AS(why, call, text...)    the same, but print this text, formatted as by printf, instead of the C source
 *   TRY(why, call), TRY_AS       the same, but leave a failure to the caller; give_up() reports it and exits
 *   with("brick")                false if --without left this brick out
 *   fail(text...)                print one line on stderr, and exit with status 125
 *
 *   outside:  prepare()       ...  child = clone(...)  ...  give_go()  wait_for_end()
 *   inside:   wait_for_go()   ...  become(command)
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define DO(why, call) DO_AS(why, call, "%s", #call)
#define DO_AS(why, call, ...) (say(why, __VA_ARGS__), must(call))
#define TRY(why, call) TRY_AS(why, call, "%s", #call)
#define TRY_AS(why, call, ...) (say(why, __VA_ARGS__), told(call))

struct brick { const char *name, *what; };
struct option { const char *name, *argument, *what; char **value; bool many; };

static const char *usage, *remedy = "use sudo, or unshare --user --map-root-user";
static const struct brick *bricks;
static struct option *options = (struct option[]){ { 0 } };	/* a step without options sets none */
static bool left_out[32];		/* the bricks of --without */
static bool explain, paused;		/* --explain, --explain=pause */
static bool terminal_is_theirs;		/* COMMAND reads from it: no time to wait for Enter */
static const char *side = "outside";	/* where this process is */
static const char *reason;		/* of the call that is being made, */
static char call_text[8192];		/* and the call itself */
static pid_t child;			/* PID 1 of the container, as the host counts */
static int go[2];			/* a pipe: outside tells inside to go on */
static int terminal = -1;		/* /dev/tty, if there is one */
static sigset_t awaited, blocked_before;
static struct sigaction sigchld_before;

/* ---- Errors and narration ---------------------------------------------------------------------- */

__attribute__((format(printf, 1, 2), noreturn)) static void fail(const char *format, ...)
{
	char line[sizeof call_text + 256];
	va_list values;

	va_start(values, format);
	vsnprintf(line, sizeof line, format, values);
	va_end(values);
	fprintf(stderr, STEP ": %s\n", line);
	if (*side == 'i')
		_exit(125);	/* what exit(3) would clean up is the host's */
	paused = false;		/* cleaning up waits for nobody */
	if (child > 0 && kill(child, SIGKILL) == 0)
		waitpid(child, NULL, 0);	/* a cgroup can be removed only when it is empty */
	exit(125);
}

__attribute__((noreturn)) static void give_up(void)
{
	fail("cannot %s: %s: %s (see " STEP "/README.md, \"When it fails\")", reason, call_text, strerror(errno));
}

static bool is_pending(int number)
{
	sigset_t pending;

	return sigpending(&pending) == 0 && sigismember(&pending, number) == 1;
}

/* Take a blocked signal's default action: to stop, until the shell's fg or bg sends SIGCONT. */
static int stop_by(int number)
{
	sigset_t only;

	sigemptyset(&only);
	sigaddset(&only, number);
	raise(number);
	return sigprocmask(SIG_UNBLOCK, &only, NULL) == -1 ? -1 : sigprocmask(SIG_BLOCK, &only, NULL);
}

/* Wait for Enter, and look for signals that end the wait. They are blocked: a PID 1 would not hear of them. */
static void wait_for_enter(void)
{
	struct pollfd enter = { .fd = terminal, .events = POLLIN };
	sigset_t before;
	char key = 0;

	sigprocmask(SIG_BLOCK, &awaited, &before);
	while (key != '\n') {
		if (is_pending(SIGINT) || is_pending(SIGQUIT) || is_pending(SIGTERM) || is_pending(SIGHUP)) {
			fputc('\n', stderr);
			fail("ended by a signal while it waited for Enter");
		}
		if (is_pending(SIGTSTP))
			stop_by(SIGTSTP);
		if (poll(&enter, 1, 100) > 0 && read(terminal, &key, 1) != 1)
			break;
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
}

static bool pauses(void)
{
	return paused && terminal != -1 && !terminal_is_theirs;
}

/* Print a call before it is made. */
__attribute__((format(printf, 2, 3))) static void say(const char *why, const char *format, ...)
{
	va_list values;

	reason = why;
	va_start(values, format);
	vsnprintf(call_text, sizeof call_text, format, values);
	va_end(values);
	if (explain)
		fprintf(stderr, "%-8s # %s\n         %s", side, reason, call_text);
	if (pauses())
		wait_for_enter();
}

/* Print its result. After a pause that is on a line of its own. */
static long told(long result)
{
	const char *indent = pauses() ? "        " : "";
	int error = errno;

	if (explain && result == -1)
		fprintf(stderr, "%s = -1 (%s)\n", indent, strerror(error));
	else if (explain)
		fprintf(stderr, "%s = %ld\n", indent, result);
	errno = error;
	return result;
}

static long must(long result)
{
	if (told(result) == -1)
		give_up();
	return result;
}

/* The flags of clone(2), as the source has them. */
static const char *names_of(int flags)
{
	static char text[128];

	snprintf(text, sizeof text, "%s%s%s%sSIGCHLD",
		 flags & CLONE_NEWPID ? "CLONE_NEWPID | " : "", flags & CLONE_NEWUTS ? "CLONE_NEWUTS | " : "",
		 flags & CLONE_NEWNET ? "CLONE_NEWNET | " : "", flags & CLONE_NEWNS ? "CLONE_NEWNS | " : "");
	return text;
}

/* ---- Options and bricks ------------------------------------------------------------------------ */

/* The flag of a brick in left_out. */
static bool *brick(const char *name)
{
	char all[512] = "";

	for (const struct brick *b = bricks; b->name; b++) {
		if (strcmp(b->name, name) == 0)
			return &left_out[b - bricks];
		strcat(strcat(all, " "), b->name);
	}
	fail("there is no brick \"%s\"; the bricks are:%s", name, all);
}

static bool with(const char *name)
{
	return !*brick(name);
}

static void help(void)
{
	char label[64];

	printf("usage: " STEP " [OPTION]... %s\n\n", usage);
	printf("  %-22s %s\n", "--explain[=pause]", "print every system call as it is made; pause: wait for Enter before each");
	for (const struct option *o = options; o->name; o++) {
		snprintf(label, sizeof label, "--%s %s", o->name, o->argument);
		printf("  %-22s %s\n", label, o->what);
	}
	printf("  %-22s %s\n", "--without BRICK", "leave a brick out, to see what it is there for:");
	for (const struct brick *b = bricks; b->name; b++)
		printf("      %-18s %s\n", b->name, b->what);
	exit(0);
}

/* Options end at the first argument that is none. Returns what follows, at least LEAST arguments. */
static char **read_options(int argc, char **argv, int least)
{
	char **rest = argv + (argc > 0);

	while (*rest && strncmp(*rest, "--", 2) == 0) {
		char *name = *rest++ + 2, *value = strchr(name, '=');
		struct option *o = options;

		if (!*name)
			break;
		if (value)
			*value++ = '\0';
		if (strcmp(name, "help") == 0)
			help();
		if (strcmp(name, "explain") == 0 && (!value || strcmp(value, "pause") == 0)) {
			explain = true;
			paused = value;
			continue;
		}
		while (o->name && strcmp(o->name, name) != 0)
			o++;
		if (!o->name && strcmp(name, "without") != 0)
			fail("there is no option --%s%s%s; --help lists them", name, value ? "=" : "", value ? value : "");
		if (!value && !(value = *rest++))
			fail("--%s needs a value; --help says which", name);
		if (!o->name)
			*brick(value) = true;
		else if (o->many)
			*o->value++ = value;
		else
			*o->value = value;
	}
	for (int i = 0; i < least; i++)
		if (!rest[i])
			fail("missing argument; usage: " STEP " [OPTION]... %s", usage);
	return rest;
}

/* ---- Outside: before and after the container --------------------------------------------------- */

/* Get ready to wait for the container's end. What our caller ignored stays ignored, as nohup(1) wants it. */
static void prepare(void)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU };
	const struct sigaction by_default = { .sa_handler = SIG_DFL };
	struct sigaction before;

	if (geteuid() != 0)
		fail("only root may do this: %s", remedy);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1)	/* it is closed: the pipe below would take its place */
			DO("occupy a standard stream that is closed", open("/dev/null", O_RDWR | O_CLOEXEC));
	terminal = TRY("open the terminal, if there is one", open("/dev/tty", O_RDWR | O_CLOEXEC));
	if (paused && terminal == -1)
		fail("--explain=pause waits for Enter, but there is no terminal to press it on");
	sigemptyset(&awaited);
	sigaddset(&awaited, SIGCHLD);
	sigaddset(&awaited, SIGALRM);
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
			sigaddset(&awaited, signals[i]);
	DO("notice the container's end, even if our caller ignored SIGCHLD",
	   sigaction(SIGCHLD, &by_default, &sigchld_before));
	DO("block signals until we wait for them", sigprocmask(SIG_BLOCK, &awaited, &blocked_before));
	DO("make the pipe on which the container waits for us", pipe2(go, O_CLOEXEC));
}

/* The pipe stays open as long as we live. */
static void give_go(void)
{
	say("let the container go on", "write(%d, \"\", 1)", go[1]);
	if (explain && !pauses())
		fputc('\n', stderr);	/* no result: it would be printed amid the container's calls */
	if (write(go[1], "", 1) == -1)
		give_up();
}

/* Does the container's PID 1 handle, ignore or block a signal? proc(5), /proc/PID/status. */
static bool cares_about(int number)
{
	unsigned long long set, all = 0;
	char text[256];
	FILE *status;

	snprintf(text, sizeof text, "/proc/%d/status", child);
	status = fopen(text, "re");
	while (status && fgets(text, sizeof text, status))
		if (sscanf(text, "Sig%*1[BIC]%*2[a-z]: %llx", &set) == 1)	/* SigBlk, SigIgn, SigCgt */
			all |= set;
	if (status)
		fclose(status);
	return all >> (number - 1) & 1;
}

/* The terminal has signalled its foreground process group, in which the container is, too, unless it has left. */
static void hear_from_terminal(int number)
{
	static int presses;	/* of Ctrl-C and Ctrl-\ */

	paused = false;
	if (number == SIGHUP)
		DO("give the container a second: the terminal is gone", alarm(1));
	else if (presses++ > 0 && (!cares_about(number) || getpgid(child) != getpgrp()))
		DO_AS("end it: PID 1 ignores what it has no handler for", kill(child, SIGKILL), "kill(%d, SIGKILL)", child);
}

/* Stop with the container. All processes in our process group get SIGTSTP, SIGTTIN or SIGTTOU, but a PID 1 ignores it. */
static void stop_together(int number)
{
	DO_AS("stop the container's PID 1: only SIGSTOP from outside can", kill(child, SIGSTOP), "kill(%d, SIGSTOP)", child);
	DO_AS("stop, too, until fg or bg", stop_by(number), "raise(%d)", number);
	DO_AS("let it go on", kill(child, SIGCONT), "kill(%d, SIGCONT)", child);
}

static void respond_to(int number, bool from_terminal)
{
	static bool asked;

	if (number <= 0 || number == SIGCHLD)
		return;
	if (number == SIGTSTP || number == SIGTTIN || number == SIGTTOU) {
		stop_together(number);
	} else if (number == SIGALRM) {
		DO_AS("end it: its second is over", kill(child, SIGKILL), "kill(%d, SIGKILL)", child);
	} else if (from_terminal) {
		hear_from_terminal(number);
	} else {
		DO_AS("pass the signal on", kill(child, number), "kill(%d, %d)", child, number);
		if (!asked)
			DO("give the container a second to end", alarm(1));
		asked = true;
	}
}

/* A shell in the container may have had the terminal. It is nobody's if that shell's process group is gone. */
static void take_terminal_back(void)
{
	pid_t holder, group = getpgrp();

	if (terminal == -1)
		return;
	holder = TRY_AS("see which process group has the terminal", tcgetpgrp(terminal), "tcgetpgrp(%d)", terminal);
	if (holder > 0 && holder != group && kill(-holder, 0) == -1 && errno == ESRCH)
		TRY_AS("take the terminal back", tcsetpgrp(terminal, group), "tcsetpgrp(%d, %d)", terminal, group);
}

/* Pass signals on until the container has ended. Returns the exit status. */
static int wait_for_end(void)
{
	siginfo_t info = { 0 };
	int number, status;
	pid_t ended;

	terminal_is_theirs = true;
	do {
		number = sigwaitinfo(&awaited, &info);	/* printed afterwards: meanwhile the container prints */
		say("wait for its end, or for a signal", "sigwaitinfo(&awaited, &info)");
		if (told(number) == -1 && errno != EINTR)
			give_up();
		respond_to(number, info.si_code == SI_KERNEL);
		ended = DO_AS("see whether it has ended", waitpid(child, &status, WNOHANG),
			      "waitpid(%d, &status, WNOHANG)", child);
	} while (ended == 0);
	child = 0;
	terminal_is_theirs = false;
	take_terminal_back();
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* ---- Inside: first and last -------------------------------------------------------------------- */

/* Wait until the host's side has done its part. Until then, only the host's side prints. */
static void wait_for_go(void)
{
	int armed = prctl(PR_SET_PDEATHSIG, SIGKILL), closed = close(go[1]);
	char byte;

	if (read(go[0], &byte, 1) != 1)
		_exit(125);	/* the host's side failed, and has said why */
	side = "inside";
	say("die when the host's side dies", "prctl(PR_SET_PDEATHSIG, SIGKILL)");
	must(armed);
	say("leave the writing end to the host's side", "close(%d)", go[1]);
	must(closed);
	say("wait until the host's side has done its part", "read(%d, &byte, 1)", go[0]);
	must(1);
}

/* Become COMMAND. Returns only if that fails: the exit status. */
static int become(char **command)
{
	struct pollfd host = { .fd = go[0] };
	char prompt[] = "step?# ";

	DO("handle SIGCHLD as our caller did", sigaction(SIGCHLD, &sigchld_before, NULL));
	DO("unblock the signals", sigprocmask(SIG_SETMASK, &blocked_before, NULL));
	DO_AS("see whether the host's side lives: had it died before the prctl, no signal would have come",
	      poll(&host, 1, 0), "poll(%d, POLLHUP)", host.fd);
	if (host.revents & POLLHUP)
		_exit(125);
	prompt[4] = STEP[4];
	setenv("PS1", prompt, 1);
	say("become COMMAND", "execvp(\"%s\", command)", *command);
	if (explain && !pauses())
		fputc('\n', stderr);
	execvp(*command, command);
	fprintf(stderr, STEP ": cannot become %s: execvp: %s%s (see " STEP "/README.md, \"When it fails\")\n",
		*command, strerror(errno), errno == ENOENT ? "; it, or the loader that it names, is missing" : "");
	return errno == ENOENT ? 127 : 126;
}

/* Runs a command in which the Nth allocation that the kernel's failslab looks at fails.
 *
 * Exit status: that of the command if an allocation failed in it, 100 if it made fewer
 * (then it ran as usual, and to the end), 99 if this could not be tried.
 */
/* SPDX-License-Identifier: GPL-2.0 */
#include "common.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOT_TRIED = 99, NOT_REACHED = 100 };

/* The kernel counts down from it, for this task only; a child begins with 0. */
static int set_fail_nth(const char *number)
{
	int fd = open("/proc/thread-self/fail-nth", O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = write(fd, number, strlen(number));
	close(fd);
	return n < 0 ? -1 : 0;
}

/* What is left of it when @child has ended and was not waited for; -1: unknown. */
static int left(pid_t child)
{
	char path[64], text[32] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/fail-nth", (int)child);
	f = fopen(path, "r");
	if (!f)
		return -1;
	if (!fgets(text, sizeof(text), f))
		text[0] = 0;
	fclose(f);
	return text[0] ? atoi(text) : -1;
}

int main(int argc, char **argv)
{
	siginfo_t info = { 0 };
	pid_t child;
	int rest;

	if (argc < 3)
		die_usage("usage: nth NUMBER COMMAND [ARGUMENT...]");
	child = fork();
	if (child < 0)
		die_errno("fork");
	if (!child) {
		if (set_fail_nth(argv[1]))
			_exit(NOT_TRIED);
		execvp(argv[2], argv + 2);
		_exit(NOT_TRIED);
	}
	if (waitid(P_PID, child, &info, WEXITED | WNOWAIT))
		die_errno("waitid");
	rest = left(child);
	if (info.si_code != CLD_EXITED || rest < 0 || info.si_status == NOT_TRIED)
		return NOT_TRIED;
	return rest ? NOT_REACHED : info.si_status;
}

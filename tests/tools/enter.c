/* Runs a command in a named network namespace, as nsenter --net does, several times
 * quicker to start under emulation: no shared library, nothing looked up.
 */
/* SPDX-License-Identifier: GPL-2.0 */
#include "common.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char path[256];
	int fd;

	if (argc < 3)
		die_usage("usage: enter NAMESPACE COMMAND [ARGUMENT...]");
	if (snprintf(path, sizeof(path), "/run/netns/%s", argv[1]) >= (int)sizeof(path))
		die_usage("'%s' is too long", argv[1]);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die_errno(path);
	execvp(argv[2], argv + 2);
	die_errno(argv[2]);
}

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What another machine says to a firewall (firewall.sh): one line of shell.
cd /ctsync || exit
. tests/scenarios/lib.sh
read -r line
eval "$line"

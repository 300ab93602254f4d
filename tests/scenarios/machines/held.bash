# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Connections that are open while things happen to machines, by name (sourced).

declare -A holder # processes

# hold NAME N SECONDS WORD...: N connections that are open within SECONDS, and stay so
# until let_go; words for `load hold-open`
hold() {
	start c load hold-open --connections "$2" --timeout 60 --ready "/tmp/$1.ready" \
		"${@:4}" >"/tmp/$1" 2>&1
	# shellcheck disable=SC2154 # of start
	holder[$1]=$started
	check "$2 connections are open" within "$3" test -e "/tmp/$1.ready"
}
# let_go NAME N SECONDS: they end within SECONDS, and were alive all the time
let_go() {
	kill -TERM "${holder[$1]}"
	within "$3" grep -q '^connections' "/tmp/$1"
	is "$1: connections, of them alive all the time, broken" \
		"$(awk '/^connections/ { print $2, $4, $6 }' "/tmp/$1")" "$2 $2 0"
	sed 's/^/# /' "/tmp/$1"
}

# SPDX-License-Identifier: GPL-2.0
# Completion for bash. The words are asked from the tool itself, so they are always
# its own.

# _ctsync_words [COMMAND]: "NAME FORM" lines of what may come after it
_ctsync_words() {
	if [ $# = 0 ]; then
		"$_ctsync" help 2>/dev/null | sed -n 's/^  \([a-z][a-z-]*\)  .*/\1/p'
	else
		# words with a form stand on lines of their own, others in the usage
		"$_ctsync" help "$1" 2>/dev/null | sed -n 's/^  \([a-z][a-z-]*\) *\([^ ]*\).*/\1 \2/p'
	fi
}

_ctsync_usage() { # COMMAND: the literal words of its usage
	"$_ctsync" help "$1" 2>/dev/null | sed -n '1s/^ctsync [^ ]*//p' | tr -c 'a-zA-Z-\n' '\n' | grep -x '[a-z][a-z-]*'
}

_ctsync() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local _ctsync=${COMP_WORDS[0]} command='' part='' i form words

	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-n | --netns) ((i++)) ;;
		-*) ;;
		*)
			command=${COMP_WORDS[i]}
			part=${COMP_WORDS[i + 1]}
			break
			;;
		esac
	done
	case $prev in
	-n | --netns)
		mapfile -t COMPREPLY < <(compgen -W "$(ls /run/netns 2>/dev/null)" -- "$cur")
		return
		;;
	to | load | check | key)
		compopt -o default 2>/dev/null
		return
		;;
	dev)
		mapfile -t COMPREPLY < <(compgen -W "$(ls /sys/class/net)" -- "$cur")
		return
		;;
	esac
	if [ -z "$command" ]; then
		words=$(_ctsync_words)
		[[ $cur != -* ]] || words='-j -p -n -V -h'
	else
		case $command in
		up | set) words=$(_ctsync_words "$command") ;;
		show) [ "$part" = entries ] && [ $((i + 1)) != "$COMP_CWORD" ] &&
			words=$(_ctsync_words show) || words=$(_ctsync_usage show) ;;
		help) words=$(_ctsync_words) ;;
		*) words=$(_ctsync_usage "$command") ;;
		esac
		# the value of a word: its choices, or nothing that could be known
		form=$(awk -v word="$prev" '$1 == word { print $2 }' <<<"$words")
		if [ -n "$form" ]; then
			words=$(tr '|' '\n' <<<"$form" | grep -x '[a-z-]*')
		else
			words=$(awk '{ print $1 }' <<<"$words")
		fi
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -F _ctsync ctsync

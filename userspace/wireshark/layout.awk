# SPDX-License-Identifier: GPL-2.0
# The wire as Lua tables, from the module's headers: so the dissector cannot drift
# from what is on the wire.
# usage: awk -f layout.awk wire_layout.h wire.h tcpstate.h

# struct wire_NAME { ... }: fields in order, with their bytes or their struct
FILENAME ~ /wire_layout\.h$/ && /^struct wire_[a-z0-9_]+ \{$/ {
	struct = $2
	layout = layout "\t" struct " = {\n"
	next
}
struct && /^\}/ { layout = layout "\t},\n"; struct = ""; next }
struct && /^\tu8 / {
	bytes = 1
	name = $2
	if (match(name, /\[[0-9]+\]/))
		bytes = substr(name, RSTART + 1, RLENGTH - 2)
	sub(/[[;].*/, "", name)
	layout = layout "\t\t{ \"" name "\", " bytes " },\n"
	next
}
struct && /^\tstruct wire_/ {
	name = $3
	sub(/;.*/, "", name)
	layout = layout "\t\t{ \"" name "\", \"" $2 "\" },\n"
	next
}

# enum wire_..._attr_type { WIRE_...: numbers of attributes
/^enum wire_[a-z]*_?attr_type \{/ { attrs = 1; n = 0; next }
attrs && /^\}/ { attrs = 0; next }
attrs && /^\tWIRE_/ {
	name = $1
	sub(/,.*/, "", name)
	if ($2 == "=") { n = $3; sub(/,.*/, "", n) }
	if (name !~ /_MAX$/)
		attr = attr "\t" name " = " n ",\n"
	n++
	next
}

# lists: #define CTSYNC_MSGS(X) with numbers, others counted from 0
/^#define CTSYNC_(MSGS|DEL_REASONS|INACK_REASONS|TCP_STATES)\(X\)/ {
	list = $2
	sub(/\(X\).*/, "", list)
	sub(/^CTSYNC_/, "", list)
	n = 0
	lists = lists "\t" list " = {\n"
	last = 0
}
list {
	if (match($0, /X\([A-Z_0-9]+[,)]/) && $1 != "#define") {
		name = substr($0, RSTART + 2, RLENGTH - 3)
		number = n++
		if (list == "MSGS") {
			split($0, part, /, */)
			number = part[2] + 0
		}
		lists = lists "\t\t[" number "] = \"" name "\",\n"
	}
	if ($0 !~ /\\$/) {
		lists = lists "\t},\n"
		list = ""
	}
	next
}

# flags
/^#define CTSYNC_(REF|ST|DIR|HELLO|BULK|EXP)_[A-Z0-9_]+[\t ]+0x[0-9a-f]+/ {
	name = $2
	sub(/^CTSYNC_/, "", name)
	if (name !~ /_ALL$/)
		flags = flags "\t{ \"" name "\", " $3 " },\n"
}

END {
	print "local structs = {\n" layout "}"
	print "local attributes = {\n" attr "}"
	print "local lists = {\n" lists "}"
	print "local flags = {\n" flags "}"
}

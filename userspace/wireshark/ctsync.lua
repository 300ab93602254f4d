-- SPDX-License-Identifier: GPL-2.0
-- Wireshark's dissector of the ctsync protocol (docs/protocol.md). The layouts are
-- put in from the module's headers when it is built; here it is only said which of
-- them follow each other.

--@LAYOUT@

local ctsync = Proto("ctsync", "Connection tracking replication")
local HEADER, SECTION, TAG = 36, 6, 16

local truncated = ProtoExpert.new("ctsync.truncated", "It runs past the end",
	expert.group.MALFORMED, expert.severity.ERROR)
local unknown = ProtoExpert.new("ctsync.unknown", "This dissector does not know it",
	expert.group.UNDECODED, expert.severity.WARN)
local left_over = ProtoExpert.new("ctsync.left_over", "Bytes that a later version added",
	expert.group.UNDECODED, expert.severity.NOTE)
ctsync.experts = { truncated, unknown, left_over }

-- ---- fields ----

-- What the numbers of a field mean; others are shown as they are.
local names = {
	["wire_section.type"] = lists.MSGS,
	["wire_delete.reason"] = lists.DEL_REASONS,
	["wire_inack.reason"] = lists.INACK_REASONS,
	["wire_update.state"] = lists.TCP_STATES,
}
-- What the bits of a field mean: the prefix of their names.
local bits = {
	["wire_ref.flags"] = "REF_",
	["wire_update.status"] = "ST_",
	["wire_update.dirs"] = "DIR_",
	["wire_hello.flags"] = "HELLO_",
	["wire_bulk.flags"] = "BULK_",
	["wire_expect_new.flags"] = "EXP_",
}
local hexadecimal = { mark = true, mark_value = true, mark_mask = true, mark_sync = true,
	config = true, status = true, id = true, win_id = true, mask_sport = true }

local fields = {}
for struct, members in pairs(structs) do
	for _, member in ipairs(members) do
		local name, size = member[1], member[2]
		local abbrev = "ctsync." .. struct:gsub("^wire_", "") .. "." .. name
		local form = hexadecimal[name] and base.HEX or base.DEC
		local field
		if type(size) == "string" then
			field = nil
		elseif struct:match("^wire_tuple") and size == 4 then
			field = ProtoField.ipv4(abbrev, name)
		elseif struct:match("^wire_tuple") and size == 16 then
			field = ProtoField.ipv6(abbrev, name)
		elseif size == 1 then
			field = ProtoField.uint8(abbrev, name, form, names[struct .. "." .. name])
		elseif size == 2 then
			field = ProtoField.uint16(abbrev, name, form)
		elseif size == 4 and name ~= "magic" and not (struct == "wire_nack" and name == "epoch") then
			field = ProtoField.uint32(abbrev, name, form)
		elseif size == 6 or size == 8 then
			field = ProtoField.uint64(abbrev, name, form)
		else
			field = ProtoField.bytes(abbrev, name)
		end
		fields[struct .. "." .. name] = field
	end
end
local address4 = ProtoField.ipv4("ctsync.address4", "address")
local address6 = ProtoField.ipv6("ctsync.address6", "address")
local digest = ProtoField.uint64("ctsync.digest.value", "value", base.HEX)
local text = ProtoField.string("ctsync.name", "name")
local word = ProtoField.uint32("ctsync.helper.word", "word")
local sealed = ProtoField.bytes("ctsync.sealed", "sealed sections")
local tag = ProtoField.bytes("ctsync.tag", "tag")
local rest = ProtoField.bytes("ctsync.rest", "rest")
for key, field in pairs({ address4 = address4, address6 = address6, digest_value = digest,
		text = text, word = word, sealed = sealed, tag = tag, rest = rest }) do
	fields[key] = field
end
ctsync.fields = fields

-- ---- reading ----

-- A piece of the frame that is used up from its front.
local function piece(buffer, offset, length)
	return { buffer = buffer, at = offset, stop = offset + length }
end

-- The next @size bytes, or nil when there are not as many; then it is said so.
local function take(p, size, tree)
	if p.at + size > p.stop then
		if not p.broken then
			tree:add_proto_expert_info(truncated)
		end
		p.broken = true
		return nil
	end
	local range = p.buffer(p.at, size)
	p.at = p.at + size
	return range
end

local function names_of_bits(prefix, value)
	local all = {}
	for _, flag in ipairs(flags) do
		if flag[1]:sub(1, #prefix) == prefix and bit.band(value, flag[2]) ~= 0 then
			all[#all + 1] = flag[1]:sub(#prefix + 1)
		end
	end
	return table.concat(all, ", ")
end

-- Read @struct; its numbers come back by name, those of nested ones too.
local function read(p, struct, tree, values)
	values = values or {}
	for _, member in ipairs(structs[struct] or {}) do
		local name, size = member[1], member[2]
		if type(size) == "string" then
			read(p, size, tree, values)
		else
			local range = take(p, size, tree)
			if not range then
				return nil
			end
			local field = fields[struct .. "." .. name]
			local item
			if size == 6 then
				item = tree:add(field, range, range:uint64())
			else
				item = tree:add(field, range)
			end
			if size <= 4 then
				values[name] = range:uint()
			end
			local prefix = bits[struct .. "." .. name]
			if prefix and values[name] ~= 0 then
				item:append_text(" (" .. names_of_bits(prefix, values[name]) .. ")")
			end
		end
	end
	return values
end

local function tuple(p, values, tree, title)
	local struct = values.l3 == 6 and "wire_tuple6" or "wire_tuple4"
	local sub = tree:add(ctsync, p.buffer(math.min(p.at, p.stop - 1), 0), title)
	return read(p, struct, sub)
end

local function address(p, values, tree, title)
	local range = take(p, values.l3 == 6 and 16 or 4, tree)
	if range then
		tree:add(values.l3 == 6 and address6 or address4, range):prepend_text(title .. ": ")
	end
end

local function windows(p, values, tree)
	for direction = 0, 1 do
		if bit.band(values.dirs, direction == 0 and 0x04 or 0x08) ~= 0 then
			local sub = tree:add(ctsync, p.buffer(math.min(p.at, p.stop - 1), 0),
				direction == 0 and "window of the original direction" or
				"window of the reply direction")
			if not read(p, "wire_window", sub) then
				return
			end
		end
	end
end

-- ---- attributes ----

local full = {
	[attributes.WIRE_ATTR_REPLY or -1] = function(p, values, tree)
		tuple(p, values, tree, "reply tuple")
	end,
	[attributes.WIRE_ATTR_MARK_REG or -2] = function(p, _, tree)
		read(p, "wire_mark_reg", tree)
	end,
	[attributes.WIRE_ATTR_TCP_LAST or -3] = function(p, _, tree)
		read(p, "wire_tcp_last", tree)
	end,
	[attributes.WIRE_ATTR_PROTO or -7] = function(p, _, tree)
		read(p, "wire_proto", tree)
	end,
	[attributes.WIRE_ATTR_LABELS or -8] = function(p, _, tree)
		read(p, "wire_labels", tree)
	end,
	[attributes.WIRE_ATTR_ZONE_DIR or -9] = function(p, _, tree)
		read(p, "wire_zone_dir", tree)
	end,
	[attributes.WIRE_ATTR_TIMEOUTS or -10] = function(p, _, tree)
		while p.at + 4 <= p.stop do
			tree:add(word, take(p, 4, tree))
		end
	end,
	[attributes.WIRE_ATTR_COUNTS or -11] = function(p, _, tree)
		read(p, "wire_counts", tree)
	end,
	[attributes.WIRE_ATTR_SYNPROXY or -12] = function(p, _, tree)
		read(p, "wire_synproxy", tree)
	end,
	[attributes.WIRE_ATTR_HELPER or -4] = function(p, _, tree)
		local length = take(p, 1, tree)
		local name = length and take(p, length:uint(), tree)
		if name then
			tree:add(text, name)
		end
		while name and p.at + 4 <= p.stop do
			tree:add(word, take(p, 4, tree))
		end
	end,
	[attributes.WIRE_ATTR_ADJUST or -5] = function(p, _, tree)
		local _ = read(p, "wire_adjust", tree) and read(p, "wire_adjust", tree)
	end,
	[attributes.WIRE_ATTR_MASTER or -6] = function(p, _, tree)
		read(p, "wire_master", tree)
	end,
}

local function expect_name(p, _, tree)
	if p.stop > p.at then
		tree:add(text, take(p, p.stop - p.at, tree))
	end
end
local expected = {
	[attributes.WIRE_EXPECT_FN or -1] = expect_name,
	[attributes.WIRE_EXPECT_HELPER or -2] = expect_name,
}

local function attribute_name(number, prefix)
	for name, n in pairs(attributes) do
		if n == number and (name:match("^WIRE_EXPECT_") ~= nil) == (prefix == "WIRE_EXPECT_") then
			return name:sub(#prefix + 1)
		end
	end
	return "attribute " .. number
end

local function attribute_list(p, values, tree, known, prefix)
	while not p.broken and p.at < p.stop do
		local start = p.at
		local sub = tree:add(ctsync, p.buffer(start, 0), "attribute")
		local head = read(p, "wire_attr", sub)
		local range = head and take(p, head.size, sub)
		if not range then
			return
		end
		sub:set_len(p.at - start)
		sub:set_text(attribute_name(head.type, prefix))
		local inner = piece(p.buffer, p.at - head.size, head.size)
		if known[head.type] then
			known[head.type](inner, values, sub)
			if inner.at < inner.stop and not inner.broken then
				sub:add(rest, p.buffer(inner.at, inner.stop - inner.at)):add_proto_expert_info(left_over)
			end
		else
			sub:add_proto_expert_info(unknown)
		end
	end
end

-- ---- messages ----

local function flow(p, tree)
	local values = read(p, "wire_full", tree)
	if values and tuple(p, values, tree, "original tuple") then
		windows(p, values, tree)
		attribute_list(p, values, tree, full, "WIRE_ATTR_")
	end
end

local function of(struct, after)
	return function(p, tree)
		local values = read(p, struct, tree)
		if values and after then
			after(p, values, tree)
		end
	end
end

local function ranges(p, values, tree)
	for _ = 1, values.nr do
		if not read(p, "wire_range", tree) then
			return
		end
	end
end

local function streams(p, values, tree)
	for _ = 1, values.nr_streams do
		local start = p.at
		if not read(p, "wire_stream", tree) then
			return
		end
		p.at = math.max(p.at, start + values.stream_size)	-- a later version's tail
	end
end

local messages = {
	INSERT = flow,
	UPDATE = flow,
	UPDATE_C = of("wire_update", windows),
	DELETE = of("wire_delete"),
	FORGET = of("wire_ref"),
	IACK = of("wire_iack"),
	INACK = of("wire_inack"),
	REQUEST = of("wire_iack"),
	HELLO = of("wire_hello", streams),
	NACK = structs.wire_nack and of("wire_nack", ranges),
	REPAIRED = structs.wire_nack and of("wire_nack", ranges),
	BULK_START = structs.wire_bulk and of("wire_bulk"),
	BULK_END = structs.wire_bulk and of("wire_bulk"),
	BULK_ACK = structs.wire_bulk and of("wire_bulk"),
	DIGEST = structs.wire_digest and of("wire_digest", function(p, values, tree)
		for _ = 1, values.nr do
			local range = take(p, 8, tree)
			if not range then
				return
			end
			tree:add(digest, range)
		end
	end),
	QUERY = structs.wire_query and of("wire_query", function(p, values, tree)
		tuple(p, values, tree, "tuple")
	end),
	UNKNOWN = structs.wire_unknown and of("wire_unknown"),
	EXPECT_NEW = structs.wire_expect_new and of("wire_expect_new", function(p, values, tree)
		if tuple(p, values, tree, "expected tuple") then
			address(p, values, tree, "mask of the source")
			address(p, values, tree, "before NAT")
			attribute_list(p, values, tree, expected, "WIRE_EXPECT_")
		end
	end),
	EXPECT_DEL = structs.wire_expect and of("wire_expect", function(p, values, tree)
		if tuple(p, values, tree, "expected tuple") then
			address(p, values, tree, "mask of the source")
		end
	end),
}

-- ---- frames ----

local function section(p, tree, counts)
	local start = p.at
	local sub = tree:add(ctsync, p.buffer(start, 0), "Section")
	local head = read(p, "wire_section", sub)
	if not head then
		return false
	end
	local name = lists.MSGS[head.type] or ("type " .. head.type)
	sub:set_text(("%s: %u of %u bytes"):format(name, head.count, head.size))
	counts[#counts + 1] = name .. (head.count == 1 and "" or " x" .. head.count)
	if head.count == 0 or head.size == 0 then
		sub:add_proto_expert_info(truncated)
		return false
	end
	for number = 1, head.count do
		local range = take(p, head.size, sub)
		if not range then
			return false
		end
		local one = sub:add(ctsync, range, ("%s %u"):format(name, number))
		local inner = piece(p.buffer, p.at - head.size, head.size)
		if messages[name] then
			messages[name](inner, one)
			if inner.at < inner.stop and not inner.broken then
				one:add(rest, p.buffer(inner.at, inner.stop - inner.at)):add_proto_expert_info(left_over)
			end
		else
			one:add(rest, range)
			one:add_proto_expert_info(unknown)
		end
	end
	sub:set_len(p.at - start)
	return true
end

function ctsync.dissector(buffer, info, root)
	if buffer:len() < HEADER or buffer(0, 4):uint() ~= 0x43745379 then
		return 0
	end
	local tree = root:add(ctsync, buffer())
	local p = piece(buffer, 0, buffer:len())
	local head = read(p, "wire_header", tree)
	local counts = {}

	info.cols.protocol = "ctsync"
	tree:append_text((", node %u to %s"):format(head.node, head.dest == 0 and "all" or head.dest))
	if head.key_id ~= 0 then
		local length = math.max(0, p.stop - p.at - TAG)
		if length > 0 then
			tree:add(sealed, buffer(p.at, length))
		end
		if p.stop - p.at >= TAG then
			tree:add(tag, buffer(p.stop - TAG, TAG))
		else
			tree:add_proto_expert_info(truncated)
		end
		counts[1] = "sealed with key " .. head.key_id .. ", ctsync decode can open it"
	else
		while p.at < p.stop and section(p, tree, counts) do end
	end
	info.cols.info = ("node %u -> %s  %s"):format(head.node,
		head.dest == 0 and "all" or tostring(head.dest), table.concat(counts, ", "))
	return buffer:len()
end

ctsync.prefs.port = Pref.uint("UDP port", 24240, "Where ctsync's frames come and go")
local port = 0
local function listen()
	local udp = DissectorTable.get("udp.port")
	if port ~= 0 then
		udp:remove(port, ctsync)
	end
	port = ctsync.prefs.port
	udp:add(port, ctsync)
end
ctsync.prefs_changed = listen
listen()

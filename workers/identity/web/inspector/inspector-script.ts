// Generated from web/inspector/ by `npm run build:inspector`.
export const INSPECTOR_SCRIPT = `(function() {
	// shared/bytes.ts
	var encoder = new TextEncoder();
	var decoder = new TextDecoder("utf-8", {
		fatal: true,
		ignoreBOM: true
	});
	var utf8 = (text) => new Uint8Array(encoder.encode(text));
	/** @throws {TypeError} If \`bytes\` are not UTF-8. */
	var fromUtf8 = (bytes) => decoder.decode(bytes);
	// shared/hub-protocol/frame.ts
	/**
	* The flag byte: offset 0 of every frame.
	*
	* @module
	*/
	var Flag = {
		/** The payload is bytes; otherwise it is UTF-8 JSON. */
		binary: 1,
		/** The payload is Brotli. Server to client only. */
		compressed: 4,
		/** No response is expected. */
		event: 16,
		/** The GUID names another client. */
		client: 32,
		/** The 16-byte response layout. */
		response: 64,
		/** Describe the endpoint instead of calling it; the channel says what to describe. */
		meta: 128
	};
	var hasFlag = (flags, flag) => (flags & flag) !== 0;
	/** Whether the sender waits for a response: neither an event nor a response itself. */
	var expectsResponse = (flags) => (flags & (Flag.event | Flag.response)) === 0;
	// web/inspector/dom.ts
	/**
	* The page's elements. Whatever is shown is text: nothing here makes markup of it.
	*
	* @module
	*/
	/** An element of the page that the server wrote. */
	function byId(id, type) {
		const found = document.getElementById(id);
		if (found instanceof type) return found;
		throw new TypeError(\`Cannot find #\${id}: the page has no such \${type.name}\`);
	}
	function element(tag, attributes, ...children) {
		const made = document.createElement(tag);
		for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
		made.append(...children);
		return made;
	}
	/** What is read out is what has changed. */
	function say(target, text) {
		if (target.textContent !== text) target.textContent = text;
	}
	// client/src/json.ts
	var isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
	/** \`undefined\` where \`text\` is no JSON. */
	function parseJson(text) {
		try {
			return JSON.parse(text);
		} catch {
			return;
		}
	}
	var textOf = (value) => typeof value === "string" ? value : void 0;
	var numberOf = (value) => typeof value === "number" ? value : void 0;
	var listOf = (value) => Array.isArray(value) ? value : [];
	// web/inspector/example.ts
	/** How deep an example goes: schemas may contain themselves. */
	var DEEPEST = 6;
	/** Text for the payload of a call: an example of what the schema wants. Empty where it wants nothing. */
	function examplePayload(schema) {
		if (!isObject(schema) || Object.keys(schema).length === 0) return "";
		return JSON.stringify(exampleOf(schema, schema, 0), null, 2);
	}
	function exampleOf(schema, root, depth) {
		if (!isObject(schema) || depth > DEEPEST) return null;
		const given = givenExample(schema);
		if (given !== void 0) return given;
		const other = referenced(schema, root) ?? chosen(schema);
		if (other !== void 0) return exampleOf(other, root, depth + 1);
		if (isObject(schema["properties"])) return objectOf(schema, schema["properties"], root, depth);
		if (schema["type"] === "array") return schema["items"] === void 0 ? [] : [exampleOf(schema["items"], root, depth + 1)];
		return scalarOf(schema);
	}
	function givenExample(schema) {
		const lists = [schema["examples"], schema["enum"]].map((list) => listOf(list)[0]);
		return [
			schema["example"],
			schema["default"],
			schema["const"],
			...lists
		].find((value) => value !== void 0);
	}
	/** \`#/$defs/Name\`: a schema refers to nothing outside itself. */
	function referenced(schema, root) {
		const reference = schema["$ref"];
		if (typeof reference !== "string" || !reference.startsWith("#")) return void 0;
		return reference.split("/").slice(1).map(unescaped).reduce((at, step) => isObject(at) ? at[step] : void 0, root);
	}
	/** RFC 6901 §4. */
	var unescaped = (step) => step.replaceAll("~1", "/").replaceAll("~0", "~");
	var chosen = (schema) => [
		"anyOf",
		"oneOf",
		"allOf"
	].map((word) => listOf(schema[word])[0]).find((one) => one !== void 0);
	/** What must be there; all of it where nothing must. */
	function objectOf(schema, properties, root, depth) {
		const required = new Set(listOf(schema["required"]));
		const names = Object.keys(properties).filter((name) => required.size === 0 || required.has(name));
		return Object.fromEntries(names.map((name) => [name, exampleOf(properties[name], root, depth + 1)]));
	}
	var STRINGS = {
		email: "ada@example.com",
		uuid: "00000000-0000-4000-8000-000000000000",
		uri: "https://example.com/",
		url: "https://example.com/",
		"date-time": "2026-01-01T00:00:00Z"
	};
	function scalarOf(schema) {
		switch (Array.isArray(schema["type"]) ? listOf(schema["type"])[0] : schema["type"]) {
			case "string": return STRINGS[String(schema["format"])] ?? "";
			case "integer":
			case "number": return typeof schema["minimum"] === "number" ? schema["minimum"] : 0;
			case "boolean": return false;
			case "null": return null;
			default: return {};
		}
	}
	// web/inspector/fill.ts
	/** Puts values where the text names them. */
	var fill = (text, values) => text.replace(/\\{(\\w+)\\}/g, (whole, name) => String(values[name] ?? whole));
	// shared/hub-protocol/guid.ts
	var SHAPE = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
	var HEX$1 = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
	/** Before the bytes 4, 6, 8 and 10. */
	var hyphenBefore = (at) => at >= 4 && at <= 10 && at % 2 === 0;
	/** The value of a digit that {@link SHAPE} admitted, in either case. */
	var digit = (code) => (code & 15) + 9 * (code >> 6);
	/** The sender of control messages: the hub itself. */
	var ZERO_GUID = "00000000-0000-0000-0000-000000000000";
	/** Every other client. */
	var BROADCAST_GUID = "ffffffff-ffff-ffff-ffff-ffffffffffff";
	/** @throws {TypeError} If \`bytes\` are not 16. */
	function guidToText(bytes) {
		if (bytes.length !== 16) throw new TypeError(\`Cannot read GUID: \${bytes.length} bytes\`);
		let text = "";
		for (let at = 0; at < 16; at += 1) {
			if (hyphenBefore(at)) text += "-";
			text += HEX$1[bytes[at] ?? 0];
		}
		return text;
	}
	Array.from({ length: 256 }, () => ({
		a: 0,
		b: 0,
		c: 0,
		d: 0,
		text: ZERO_GUID
	}));
	/** Either case is read. Returns \`undefined\` if \`text\` is not a GUID. */
	function guidFromText(text) {
		if (!SHAPE.test(text)) return void 0;
		const bytes = /* @__PURE__ */ new Uint8Array(16);
		for (let at = 0, place = 0; at < 16; at += 1, place += 2) {
			if (hyphenBefore(at)) place += 1;
			bytes[at] = 16 * digit(text.charCodeAt(place)) + digit(text.charCodeAt(place + 1));
		}
		return bytes;
	}
	// shared/hub-protocol/response-codes.ts
	var RESPONSE_CODES = {
		OK: {
			code: 0,
			status: 200,
			title: "The request was served"
		},
		RequestError: {
			code: 10,
			status: 400,
			title: "The frame is malformed"
		},
		RequestTooLarge: {
			code: 11,
			status: 413,
			title: "The payload is too large"
		},
		TooManyRequests: {
			code: 12,
			status: 429,
			title: "Too many messages, or too many at once"
		},
		InvalidRequestChannel: {
			code: 13,
			status: 400,
			title: "There is no such channel"
		},
		TextProtocolNotSupported: {
			code: 14,
			status: 400,
			title: "Only binary frames are understood"
		},
		Unauthorized: {
			code: 20,
			status: 401,
			title: "The connection may not do this"
		},
		ServiceNotFound: {
			code: 30,
			status: 404,
			title: "This session has no such service GUID"
		},
		ClientNotFound: {
			code: 31,
			status: 404,
			title: "There is no such client"
		},
		MessageNotFound: {
			code: 32,
			status: 404,
			title: "The response to this message is not kept"
		},
		BroadcastNotAllowed: {
			code: 40,
			status: 403,
			title: "Broadcasts are not allowed here"
		},
		Service_BadRequest: {
			code: 50,
			status: 400,
			title: "The service refused the request"
		},
		Service_NotFound: {
			code: 51,
			status: 404,
			title: "The service found nothing"
		},
		Service_Unauthorized: {
			code: 52,
			status: 403,
			title: "The service does not allow this"
		},
		Service_Conflict: {
			code: 53,
			status: 409,
			title: "The request conflicts with what is stored"
		},
		Service_TooManyRequests: {
			code: 54,
			status: 429,
			title: "The service asks to slow down"
		},
		Service_InternalServerError: {
			code: 60,
			status: 500,
			title: "The service failed"
		},
		Service_Timeout: {
			code: 61,
			status: 504,
			title: "The service did not answer in time"
		},
		Service_Unavailable: {
			code: 62,
			status: 503,
			title: "The service is unavailable"
		},
		ShortcutExpired: {
			code: 70,
			status: 410,
			title: "The shortcut has expired"
		},
		ShortcutTargetNotFound: {
			code: 71,
			status: 404,
			title: "The shortcut's target is gone"
		},
		ShortcutRevoked: {
			code: 72,
			status: 410,
			title: "The shortcut has been revoked"
		}
	};
	var isResponseName = (name) => Object.hasOwn(RESPONSE_CODES, name);
	// web/inspector/frame-fields.ts
	var START = [
		["flags", 1],
		["channel", 2],
		["sequence", 4]
	];
	var REQUEST = [
		...START,
		["guid", 16],
		["messageId", 8]
	];
	var RESPONSE = [
		...START,
		["messageId", 8],
		["code", 1]
	];
	/** Where the fields of a frame are. Of one that is too short, those that are there whole. */
	function frameFields(bytes, nameOf) {
		const flags = bytes[0] ?? 0;
		const fields = [];
		let offset = 0;
		for (const [name, length] of hasFlag(flags, Flag.response) ? RESPONSE : REQUEST) {
			if (offset + length > bytes.length) break;
			const value = valueOf(name, bytes.subarray(offset, offset + length), flags, nameOf);
			fields.push({
				name,
				offset,
				length,
				value
			});
			offset += length;
		}
		const length = bytes.length - offset;
		return length === 0 ? fields : [...fields, {
			name: "payload",
			offset,
			length,
			value: ""
		}];
	}
	var payloadOf = (bytes) => bytes.subarray(hasFlag(bytes[0] ?? 0, Flag.response) ? 16 : 31);
	/** The names of the flags that are set, and the bits that have none. */
	function flagNames(flags) {
		const known = Object.entries(Flag).filter(([, bit]) => hasFlag(flags, bit));
		const rest = known.reduce((left, [, bit]) => left & ~bit, flags);
		return [...known.map(([name]) => name), ...rest === 0 ? [] : [\`reserved \${hexByte(rest)}\`]];
	}
	/** \`51 Service_NotFound\` */
	function codeName(code) {
		const name = Object.keys(RESPONSE_CODES).find((one) => isResponseName(one) && RESPONSE_CODES[one].code === code);
		return name === void 0 ? String(code) : \`\${code} \${name}\`;
	}
	/** By the channel of a meta request. */
	var META_KINDS = [
		"information",
		"request schema",
		"response schema",
		"all"
	];
	/** What a field says, where that is more than a number. */
	var WORDS = {
		flags: (_, flags) => [\`0x\${hexByte(flags)}\`, ...flagNames(flags)].join(" "),
		channel: (bytes, flags) => channelText(Number(integer(bytes)), flags),
		guid: (bytes, _, nameOf) => guidText(guidToText(bytes), nameOf),
		code: ([code = 0]) => codeName(code)
	};
	var valueOf = (name, bytes, flags, nameOf) => WORDS[name]?.(bytes, flags, nameOf) ?? String(integer(bytes));
	function channelText(channel, flags) {
		const kind = hasFlag(flags, Flag.meta) ? META_KINDS[channel] : void 0;
		return kind === void 0 ? String(channel) : \`\${channel} \${kind}\`;
	}
	function guidText(guid, nameOf) {
		const name = nameOf(guid);
		return name === void 0 ? guid : \`\${guid} \${name}\`;
	}
	var hexByte = (byte) => byte.toString(16).padStart(2, "0");
	var integer = (bytes) => BigInt(\`0x\${Array.from(bytes, hexByte).join("")}\`);
	/** \`undefined\` if the bytes are not UTF-8. */
	function textOfBytes(bytes) {
		try {
			return fromUtf8(bytes);
		} catch {
			return;
		}
	}
	// web/inspector/hex-rows.ts
	var WIDTH = 16;
	/** Bytes as they are usually shown, each under its field. */
	function hexRows(bytes, fields) {
		const rows = [];
		for (let at = 0; at < bytes.length; at += WIDTH) {
			const part = bytes.subarray(at, at + WIDTH);
			rows.push({
				offset: at.toString(16).padStart(4, "0"),
				runs: runsOf$1(part, at, fields),
				ascii: Array.from(part, printable).join("")
			});
		}
		return rows;
	}
	function runsOf$1(part, from, fields) {
		const runs = [];
		for (const [index, byte] of part.entries()) {
			const field = fieldAt(from + index, fields);
			const last = runs.at(-1);
			if (last !== void 0 && last.field === field) last.hex += \` \${hexByte(byte)}\`;
			else runs.push({
				field,
				hex: hexByte(byte)
			});
		}
		return runs;
	}
	var fieldAt = (at, fields) => fields.find(({ offset, length }) => at >= offset && at < offset + length)?.name;
	var printable = (byte) => byte >= 32 && byte < 127 ? String.fromCharCode(byte) : ".";
	var HEX = /^(?:[0-9a-f]{2})*$/i;
	/** Bytes that somebody wrote in hexadecimal, with or without spaces. \`undefined\` for anything else. */
	function readHex(text) {
		const digits = text.replace(/\\s+/g, "");
		if (!HEX.test(digits)) return void 0;
		return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
	}
	// client/src/hub/address.ts
	/** Where to connect to. Credentials stand among the subprotocols: a browser can set no header. */
	function addressOf(opening) {
		const url = new URL(opening.url);
		url.protocol = url.protocol.replace("http", "ws");
		const { lastSequence, manifestHash, accessToken, grant, reconnectionToken } = opening;
		if (lastSequence !== void 0) url.searchParams.set("lastSequence", String(lastSequence));
		if (manifestHash !== void 0) url.searchParams.set("manifest", manifestHash);
		return {
			url: url.href,
			subprotocols: [
				"sallyport.v1+problem",
				"sallyport.v1",
				...accessToken === void 0 ? [] : [\`bearer.\${accessToken}\`],
				...reconnectionToken === void 0 ? [] : [\`reconnect.\${reconnectionToken}\`],
				...grant === void 0 ? [] : [\`grant.\${grant}\`]
			]
		};
	}
	// client/src/hub/manifest.ts
	/** What a session has before it is told anything. */
	var NOTHING = {
		sessionId: "",
		version: 0,
		availableApis: [],
		shortcuts: [],
		peerGuid: void 0,
		limits: {
			maxPayloadBytes: 1048576,
			messagesPerMinute: 1e3,
			maxChannel: 1e3,
			maxInFlight: 32
		},
		manifestHash: void 0,
		resumed: false
	};
	/**
	* The manifest after the event \`connect.capability-manifest\`: a whole one, one that says that
	* nothing changed, or one that says what was added and removed. What is not said stays as it was.
	*/
	var readManifest = (event, before = NOTHING) => ({
		sessionId: textOf(event["sessionId"]) ?? before.sessionId,
		version: numberOf(event["version"]) ?? before.version,
		availableApis: readApis(event, before.availableApis),
		shortcuts: readShortcuts(event, before.shortcuts),
		peerGuid: textOf(event["peerGuid"]) ?? before.peerGuid,
		limits: readLimits(event["limits"], before.limits),
		manifestHash: textOf(event["manifestHash"]) ?? before.manifestHash,
		resumed: event["resumed"] === true
	});
	function readLimits(value, before) {
		const told = isObject(value) ? value : {};
		return {
			maxPayloadBytes: numberOf(told["maxPayloadBytes"]) ?? before.maxPayloadBytes,
			messagesPerMinute: numberOf(told["messagesPerMinute"]) ?? before.messagesPerMinute,
			maxChannel: numberOf(told["maxChannel"]) ?? before.maxChannel,
			maxInFlight: numberOf(told["maxInFlight"]) ?? before.maxInFlight
		};
	}
	function readApis(event, before) {
		if (Array.isArray(event["availableApis"])) return entriesOf(event["availableApis"]);
		const added = entriesOf(event["added"]);
		const gone = /* @__PURE__ */ new Set([...listOf(event["removed"]), ...added.map(({ serviceId }) => serviceId)]);
		return [...before.filter(({ serviceId }) => !gone.has(serviceId)), ...added];
	}
	var readShortcuts = (event, before) => Array.isArray(event["shortcuts"]) ? event["shortcuts"].filter(isShortcut) : before;
	var entriesOf = (value) => listOf(value).filter(isEntry);
	var isEntry = (value) => isObject(value) && typeof value["service"] === "string" && typeof value["endpoint"] === "string" && typeof value["serviceId"] === "string";
	var isShortcut = (value) => isObject(value) && typeof value["name"] === "string" && typeof value["shortcutId"] === "string";
	// shared/hub-protocol/encode-frame.ts
	/**
	* Writes a frame.
	*
	* @throws {TypeError} If a field does not fit its width, or the flags belong to the other layout.
	*/
	function encodeFrame(frame) {
		assertFits(frame);
		return frame.kind === "response" ? encodeResponse(frame) : encodeRequest(frame);
	}
	function encodeRequest(frame) {
		const guid = guidFromText(frame.guid);
		if (guid === void 0) throw new TypeError("Cannot encode frame: the GUID is malformed");
		const bytes = new Uint8Array(31 + frame.payload.length);
		const view = writeStart(bytes, frame);
		bytes.set(guid, 7);
		view.setBigUint64(23, frame.messageId);
		bytes.set(frame.payload, 31);
		return bytes;
	}
	function encodeResponse(frame) {
		const bytes = new Uint8Array(16 + frame.payload.length);
		const view = writeStart(bytes, frame);
		view.setBigUint64(7, frame.messageId);
		view.setUint8(15, frame.code);
		bytes.set(frame.payload, 16);
		return bytes;
	}
	function writeStart(bytes, { flags, channel, sequence }) {
		const view = new DataView(bytes.buffer);
		view.setUint8(0, flags);
		view.setUint16(1, channel);
		view.setUint32(3, sequence);
		return view;
	}
	function assertFits(frame) {
		if (!(isUint(frame.flags, 255) && (frame.flags & 10) === 0 && hasFlag(frame.flags, Flag.response) === (frame.kind === "response") && isUint(frame.channel, 65535) && isUint(frame.sequence, 4294967295) && BigInt.asUintN(64, frame.messageId) === frame.messageId && (frame.kind === "request" || isUint(frame.code, 255)))) throw new TypeError(\`Cannot encode \${frame.kind}: a field does not fit its width\`);
	}
	var isUint = (value, max) => Number.isInteger(value) && value >= 0 && value <= max;
	// web/inspector/calls.ts
	/** Sends calls and matches what is answered. Message ids and sequences count on over connections. */
	var Calls = class {
		#waiting = /* @__PURE__ */ new Map();
		#sent = 0;
		call(request, send) {
			this.#sent += 1;
			const messageId = BigInt(this.#sent);
			const { promise, resolve } = Promise.withResolvers();
			if (expectsResponse(request.flags)) this.#waiting.set(messageId, resolve);
			else resolve("not_expected");
			send(encodeFrame({
				kind: "request",
				sequence: this.#sent,
				messageId,
				...request
			}));
			return {
				messageId,
				answer: promise
			};
		}
		/** Takes a response. */
		answered(frame) {
			const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
			this.#settle(view.getBigUint64(7), {
				code: view.getUint8(15),
				payload: payloadOf(frame)
			});
		}
		cancelled(messageId) {
			this.#settle(messageId, "cancelled");
		}
		/** The connection is over: nothing more is answered. */
		end() {
			for (const messageId of this.#waiting.keys()) this.#settle(messageId, "gone");
		}
		#settle(messageId, answer) {
			this.#waiting.get(messageId)?.(answer);
			this.#waiting.delete(messageId);
		}
	};
	// web/inspector/stream-check.ts
	/**
	* Checks what the protocol promises: kept events count on by one, each comes once, and what is not
	* kept repeats the number of the last kept one ("Streams").
	*/
	var StreamCheck = class {
		#position = 0;
		#ids = [];
		#replay;
		/** The sequence of the last event. */
		get position() {
			return this.#position;
		}
		/** What has come since the resumption. \`undefined\`: nobody resumed, or it is over. */
		get replay() {
			return this.#replay;
		}
		/** A stream begins, with its manifest. */
		begin(sequence) {
			this.#position = sequence;
			this.#ids = [];
			this.#replay = void 0;
		}
		/** The stream goes on: its manifest repeats the sequence that the client had. */
		resume(sequence) {
			const repeated = sequence < this.#position ? [sequence] : [];
			const missing = sequence > this.#position ? [[this.#position + 1, sequence]] : [];
			this.#position = sequence;
			this.#replay = {
				from: sequence,
				sequences: [],
				gap: void 0,
				missing,
				repeated
			};
		}
		/** Everything that was missed has come. */
		endReplay() {
			const replay = this.#replay;
			this.#replay = void 0;
			return replay;
		}
		take(event) {
			const { sequence, eventId, gap } = event;
			const isKnown = eventId !== void 0 && this.#ids.includes(eventId);
			const isRepeated = sequence < this.#position || isKnown;
			const isCounted = !isRepeated && sequence > this.#position;
			if (this.#replay !== void 0) this.#note(this.#replay, event, isRepeated, isCounted);
			if (eventId !== void 0) this.#ids = [...this.#ids.slice(-999), eventId];
			this.#position = Math.max(this.#position, sequence, gap?.[1] ?? 0);
		}
		#note(replay, event, isRepeated, isCounted) {
			const { sequence, gap } = event;
			const expected = this.#position + 1;
			const hole = isCounted && sequence > expected ? [[expected, sequence - 1]] : [];
			this.#replay = {
				from: replay.from,
				sequences: isCounted ? [...replay.sequences, sequence] : replay.sequences,
				gap: gap ?? replay.gap,
				missing: [...replay.missing, ...hole],
				repeated: isRepeated ? [...replay.repeated, sequence] : replay.repeated
			};
		}
	};
	// web/inspector/summary.ts
	var RESPONSE_BYTES = 16;
	var REQUEST_BYTES = 31;
	/** The first part of the name of every event of the hub itself. */
	var OF_THE_HUB = "connect.";
	/** A text frame is a keep-alive, or its answer. */
	function summarize(frame, nameOf) {
		if (typeof frame === "string") return {
			kind: "control",
			name: frame
		};
		const flags = frame[0] ?? 0;
		if (hasFlag(flags, Flag.response)) return {
			kind: "response",
			name: frame.length < RESPONSE_BYTES ? "" : codeName(frame[15] ?? 0)
		};
		const eventName = textOf(eventOf(frame)?.["eventName"]);
		return {
			kind: kindOf(flags, eventName),
			name: eventName ?? targetOf(frame, nameOf)
		};
	}
	function kindOf(flags, eventName) {
		if (!hasFlag(flags, Flag.event)) return "request";
		return eventName?.startsWith(OF_THE_HUB) === true ? "control" : "event";
	}
	/** The payload of an event. \`undefined\`: it is none, or it cannot be read. */
	function eventOf(frame) {
		if (((frame[0] ?? 0) & (Flag.event | Flag.binary | Flag.compressed | Flag.response)) !== Flag.event) return void 0;
		const value = parseJson(textOfBytes(payloadOf(frame)) ?? "");
		return isObject(value) ? value : void 0;
	}
	function targetOf(frame, nameOf) {
		if (frame.length < REQUEST_BYTES) return "";
		const guid = guidToText(frame.subarray(7, 23));
		return nameOf(guid) ?? guid;
	}
	// web/inspector/token-source.ts
	/** Nobody is signed in in this browser any more. */
	var SignedOutError = class extends Error {
		name = "SignedOutError";
	};
	/**
	* Asks our own page's server for a token.
	*
	* @throws {SignedOutError} If the session has ended.
	* @throws {Error} If there is no answer that can be used.
	*/
	async function fetchToken(csrf) {
		const asked = performance.now();
		const response = await fetch("/connect/inspector/token", {
			method: "POST",
			headers: { "x-csrf-token": csrf }
		});
		if (response.status === 401) throw new SignedOutError("Cannot get a token: the session ended");
		const body = response.ok ? await response.json() : void 0;
		const text = isObject(body) ? textOf(body["accessToken"]) : void 0;
		const lifetime = isObject(body) ? numberOf(body["expiresIn"]) : void 0;
		if (text === void 0 || lifetime === void 0) throw new Error(\`Cannot get a token: the answer was \${response.status}\`);
		return {
			text,
			expiresAt: asked + lifetime * 1e3
		};
	}
	// web/inspector/inspector.ts
	/** The hub takes a client that says 1000 for gone for good, and any other for lost. */
	var CLEAN = 1e3;
	/** Of the private range (RFC 6455 §7.4.2): a browser cannot cut a connection without a word. */
	var DROP = 4900;
	/** One client of the hub, which does nothing by itself but to keep the line alive. */
	var Inspector = class {
		#ports;
		#calls = new Calls();
		#check = new StreamCheck();
		#socket;
		#state = { name: "idle" };
		#manifest;
		#token;
		#reconnectionToken;
		#replay;
		#wantsToResume = false;
		#hasBegunAnew = false;
		constructor(ports) {
			this.#ports = ports;
		}
		get state() {
			return this.#state;
		}
		get manifest() {
			return this.#manifest;
		}
		get token() {
			return this.#token;
		}
		/** The sequence of the last event. */
		get position() {
			return this.#check.position;
		}
		/** What the last resumption has brought so far. \`undefined\`: the stream began with its connection. */
		get replay() {
			return this.#check.replay ?? this.#replay;
		}
		/** The last resumption came to nothing: the stream was gone. */
		get hasBegunAnew() {
			return this.#hasBegunAnew;
		}
		get canResume() {
			return this.#state.name === "over" && this.#reconnectionToken !== void 0;
		}
		endpoint(service, endpoint) {
			return this.#manifest?.availableApis.find((one) => one.service === service && one.endpoint === endpoint);
		}
		/** Begins a stream. */
		connect() {
			return this.#open(async () => {
				this.#token = await this.#ports.fetchToken();
				this.#reconnectionToken = void 0;
				this.#wantsToResume = false;
				return {
					accessToken: this.#token.text,
					lastSequence: void 0
				};
			});
		}
		/** Goes on with the stream: with the reconnection token alone, while the access token lives. */
		resume() {
			return this.#open(async () => {
				const lastSequence = this.#check.position;
				this.#wantsToResume = true;
				if (this.#isTokenFresh()) return {
					accessToken: void 0,
					lastSequence
				};
				this.#token = await this.#ports.fetchToken();
				return {
					accessToken: this.#token.text,
					lastSequence
				};
			});
		}
		disconnect() {
			this.#reconnectionToken = void 0;
			this.#leave(CLEAN, "disconnected");
		}
		drop() {
			this.#leave(DROP, "dropped");
		}
		ping() {
			this.#send("ping");
		}
		/** @throws {TypeError} If a field does not fit into its frame. */
		call(request) {
			return this.#calls.call(request, this.#send);
		}
		/** Says that the answer to a call is not wanted any more. */
		cancel(messageId) {
			const signal = this.endpoint("connect", "POST:/connect/cancel");
			if (signal === void 0) return;
			const payload = utf8(JSON.stringify({ messageId: String(messageId) }));
			this.call({
				guid: signal.serviceId,
				flags: Flag.event,
				channel: 0,
				payload
			});
			this.#calls.cancelled(messageId);
		}
		/** Puts the connection under a new access token. */
		async reauthenticate() {
			const endpoint = this.endpoint("connect", "POST:/connect/reauthenticate");
			if (endpoint === void 0) return;
			const token = await this.#ports.fetchToken();
			const payload = utf8(JSON.stringify({ accessToken: token.text }));
			const { answer } = this.call({
				guid: endpoint.serviceId,
				flags: 0,
				channel: 0,
				payload
			});
			const answered = await answer;
			if (typeof answered === "object" && answered.code === 0) this.#token = token;
			this.#ports.changed();
		}
		async #open(opening) {
			this.#enter({ name: "connecting" });
			try {
				const credentials = await opening();
				const address = addressOf({
					url: this.#ports.connectUrl,
					grant: void 0,
					manifestHash: void 0,
					reconnectionToken: this.#reconnectionToken,
					...credentials
				});
				this.#listen(this.#ports.openSocket, address);
			} catch (error) {
				const ending = error instanceof SignedOutError ? "signed_out" : "failed";
				this.#enter({
					name: "over",
					ending,
					code: 0
				});
			}
		}
		#listen(open, address) {
			const socket = open(address, {
				received: (frame) => socket === this.#socket && this.#receive(frame),
				closed: (code) => socket === this.#socket && this.#closed(code)
			});
			this.#socket = socket;
		}
		/** What comes after that is not heard: to the page the connection is over. */
		#leave(code, ending) {
			this.#socket?.close(code);
			this.#end(ending, code);
		}
		#closed(code) {
			this.#end(this.#state.name === "connecting" ? "refused" : "lost", code);
		}
		#end(ending, code) {
			this.#socket = void 0;
			this.#calls.end();
			this.#replay = this.#check.endReplay() ?? this.#replay;
			this.#enter({
				name: "over",
				ending,
				code
			});
		}
		#send = (frame) => {
			this.#socket?.send(frame);
			this.#ports.logged({
				direction: "out",
				frame
			});
		};
		#receive(frame) {
			this.#ports.logged({
				direction: "in",
				frame
			});
			if (typeof frame !== "string") this.#read(frame);
			this.#ports.changed();
		}
		#read(frame) {
			if (hasFlag(frame[0] ?? 0, Flag.response)) return this.#calls.answered(frame);
			const event = eventOf(frame);
			if (event === void 0) return;
			const sequence = new DataView(frame.buffer, frame.byteOffset).getUint32(3);
			this.#reconnectionToken = textOf(event["reconnectionToken"]) ?? this.#reconnectionToken;
			const isManifest = event["eventName"] === "connect.capability-manifest";
			if (isManifest) this.#take(event);
			if (isManifest && this.#state.name === "connecting") this.#opened(event, sequence);
			else this.#check.take(seen(event, sequence));
		}
		#take(event) {
			this.#manifest = readManifest(event, this.#manifest);
			this.#ports.directory.learn(this.#manifest);
		}
		#opened(event, sequence) {
			const isResumed = event["resumed"] === true;
			this.#replay = void 0;
			this.#hasBegunAnew = this.#wantsToResume && !isResumed;
			if (isResumed) this.#check.resume(sequence);
			else this.#check.begin(sequence);
			this.#enter({ name: "open" });
			if (isResumed) this.#awaitReplay();
		}
		/** What was missed is sent before anything is answered: so the first answer is the end of it. */
		async #awaitReplay() {
			const any = this.endpoint("echo", "POST:/echo") ?? this.#manifest?.availableApis[0];
			if (any === void 0) return;
			const payload = /* @__PURE__ */ new Uint8Array();
			await this.call({
				guid: any.serviceId,
				flags: Flag.meta,
				channel: 0,
				payload
			}).answer;
			this.#replay = this.#check.endReplay() ?? this.#replay;
			this.#ports.changed();
		}
		#isTokenFresh() {
			return this.#token !== void 0 && this.#ports.now() < this.#token.expiresAt;
		}
		#enter(state) {
			this.#state = state;
			this.#ports.changed();
		}
	};
	function seen(event, sequence) {
		const [from, to] = [numberOf(event["fromSequence"]), numberOf(event["toSequence"])];
		const isGap = event["eventName"] === "connect.gap" && from !== void 0 && to !== void 0;
		return {
			sequence,
			eventId: textOf(event["eventId"]),
			gap: isGap ? [from, to] : void 0
		};
	}
	/** What a meta request was answered with: \`data\` of its payload. */
	function describedBy(payload) {
		const answer = parseJson(textOfBytes(payload) ?? "");
		return isObject(answer) ? answer["data"] : void 0;
	}
	// web/inspector/call-form.ts
	/** Of a meta request: the schema of the payload. */
	var REQUEST_SCHEMA = 1;
	/** Where a call is written, sent and cancelled. */
	var CallForm = class {
		#target = byId("target", HTMLElement);
		#payload = byId("payload", HTMLTextAreaElement);
		#channel = byId("channel", HTMLInputElement);
		#binary = byId("flag-binary", HTMLInputElement);
		#event = byId("flag-event", HTMLInputElement);
		#meta = byId("flag-meta", HTMLInputElement);
		#metaKind = byId("meta-kind", HTMLSelectElement);
		#send = byId("send", HTMLButtonElement);
		#cancel = byId("cancel", HTMLButtonElement);
		#outcome = byId("outcome", HTMLElement);
		#inspector;
		#words;
		#guid;
		/** The call whose answer is awaited. */
		#waiting;
		constructor(inspector, words) {
			this.#inspector = inspector;
			this.#words = words;
			byId("call", HTMLFormElement).addEventListener("submit", (event) => {
				event.preventDefault();
				this.#submit();
			});
			this.#cancel.addEventListener("click", () => {
				if (this.#waiting !== void 0) inspector.cancel(this.#waiting.messageId);
			});
			this.#meta.addEventListener("change", () => this.show());
		}
		show() {
			const isOpen = this.#inspector.state.name === "open";
			const canCancel = this.#inspector.endpoint("connect", "POST:/connect/cancel") !== void 0;
			this.#send.disabled = !isOpen;
			this.#cancel.disabled = !isOpen || !canCancel || this.#waiting === void 0;
			this.#channel.disabled = this.#meta.checked;
			this.#metaKind.disabled = !this.#meta.checked;
		}
		/** Fills the form in for a target, with an example of what it wants. */
		async choose({ guid, name }) {
			this.#guid = guid;
			say(this.#target, name);
			this.#payload.value = "";
			if (this.#inspector.state.name !== "open") return;
			const payload = /* @__PURE__ */ new Uint8Array();
			const asked = {
				guid,
				flags: Flag.meta,
				channel: REQUEST_SCHEMA,
				payload
			};
			const answer = await this.#inspector.call(asked).answer;
			if (this.#guid === guid && this.#payload.value === "" && typeof answer === "object" && answer.code === 0) this.#payload.value = examplePayload(describedBy(answer.payload));
		}
		async #submit() {
			const request = this.#request();
			if (typeof request === "string") return say(this.#outcome, request);
			const sent = performance.now();
			const call = this.#inspector.call(request);
			this.#waiting = call;
			say(this.#outcome, this.#words.waiting);
			this.show();
			const answer = await call.answer;
			if (this.#waiting === call) this.#waiting = void 0;
			say(this.#outcome, this.#outcomeText(answer, performance.now() - sent));
			this.show();
		}
		/** @returns What is wrong, where it cannot be sent. */
		#request() {
			if (this.#guid === void 0) return this.#words.chooseFirst;
			const text = this.#payload.value;
			const payload = this.#binary.checked ? readHex(text) : utf8(text);
			if (payload === void 0) return this.#words.notHex;
			const flags = (this.#binary.checked ? Flag.binary : 0) | (this.#event.checked ? Flag.event : 0) | (this.#meta.checked ? Flag.meta : 0);
			const channel = Number(this.#meta.checked ? this.#metaKind.value : this.#channel.value);
			return {
				guid: this.#guid,
				flags,
				channel,
				payload
			};
		}
		#outcomeText(answer, took) {
			if (typeof answer === "object") return fill(this.#words.answered, {
				code: codeName(answer.code),
				ms: Math.round(took)
			});
			return this.#words[{
				not_expected: "sent",
				cancelled: "cancelled",
				gone: "gone"
			}[answer]];
		}
	};
	// web/inspector/replay-text.ts
	/** What a resumption brought, in sentences. */
	function replayText(replay, words) {
		const { from, sequences, gap, missing, repeated } = replay;
		const isWhole = missing.length === 0;
		if (sequences.length === 0 && gap === void 0 && isWhole && repeated.length === 0) return \`\${fill(words.resumed, { sequence: from })} \${words.nothingMissed}\`;
		return [
			fill(words.resumed, { sequence: from }),
			fill(words.replayed, {
				count: sequences.length,
				list: listText(runsOf(sequences))
			}),
			gap === void 0 ? "" : fill(words.gap, { list: listText([gap]) }),
			isWhole ? words.noneMissing : fill(words.missing, { list: listText(missing) }),
			repeated.length === 0 ? "" : fill(words.repeated, { list: listText(runsOf(repeated)) })
		].filter((sentence) => sentence !== "").join(" ");
	}
	var listText = (ranges) => ranges.length === 0 ? "–" : ranges.map(([from, to]) => from === to ? String(from) : \`\${from}–\${to}\`).join(", ");
	/** Neighbours that count on by one, as one. */
	function runsOf(sequences) {
		const runs = [];
		for (const sequence of sequences) {
			const last = runs.at(-1);
			if (last !== void 0 && last[1] + 1 === sequence) last[1] = sequence;
			else runs.push([sequence, sequence]);
		}
		return runs;
	}
	// web/inspector/controls.ts
	/** The state of the connection, and what can be done to it. */
	var Controls = class {
		#status = byId("status", HTMLElement);
		#replay = byId("replay", HTMLElement);
		#position = byId("position", HTMLElement);
		#clock = byId("token-clock", HTMLElement);
		#connect = byId("connect", HTMLButtonElement);
		#resume = byId("resume", HTMLButtonElement);
		#whileOpen = [
			"drop",
			"disconnect",
			"ping",
			"reauthenticate"
		].map((id) => byId(id, HTMLButtonElement));
		#inspector;
		#words;
		constructor(inspector, words) {
			this.#inspector = inspector;
			this.#words = words;
			this.#connect.addEventListener("click", () => void inspector.connect());
			this.#resume.addEventListener("click", () => void inspector.resume());
			const [drop, disconnect, ping, reauthenticate] = this.#whileOpen;
			drop?.addEventListener("click", () => inspector.drop());
			disconnect?.addEventListener("click", () => inspector.disconnect());
			ping?.addEventListener("click", () => inspector.ping());
			reauthenticate?.addEventListener("click", () => void inspector.reauthenticate());
		}
		show() {
			const { state, canResume, position } = this.#inspector;
			const isOpen = state.name === "open";
			const focused = document.activeElement;
			this.#connect.disabled = isOpen || state.name === "connecting";
			this.#resume.disabled = !canResume;
			for (const button of this.#whileOpen) button.disabled = !isOpen;
			if (focused instanceof HTMLButtonElement && focused.disabled) this.#moveFocus();
			say(this.#status, this.#statusText());
			say(this.#position, position === 0 ? "" : String(position));
			say(this.#replay, this.#replayText());
			this.showClock();
		}
		/** How long the access token still lives. Not read out: it changes every second. */
		showClock() {
			const { token } = this.#inspector;
			if (token === void 0) return;
			const left = Math.max(0, Math.round((token.expiresAt - performance.now()) / 1e3));
			const time = \`\${Math.floor(left / 60)}:\${String(left % 60).padStart(2, "0")}\`;
			say(this.#clock, left === 0 ? this.#words.tokenOver : fill(this.#words.tokenLeft, { time }));
		}
		/** A button that can no longer be pressed must not keep the keyboard's user. */
		#moveFocus() {
			const next = [
				this.#resume,
				...this.#whileOpen,
				this.#connect
			].find(({ disabled }) => !disabled);
			if (next === void 0) this.#status.focus();
			else next.focus();
		}
		#replayText() {
			const { replay, hasBegunAnew } = this.#inspector;
			if (hasBegunAnew) return this.#words.began;
			return replay === void 0 ? "" : replayText(replay, this.#words);
		}
		#statusText() {
			const { state, position } = this.#inspector;
			if (state.name !== "over") return this.#words[state.name];
			const text = this.#words[ENDINGS[state.ending]];
			return fill(text, {
				sequence: position,
				code: state.code
			});
		}
	};
	var ENDINGS = {
		disconnected: "disconnected",
		dropped: "dropped",
		lost: "lost",
		refused: "refused",
		signed_out: "signedOut",
		failed: "failed"
	};
	// web/inspector/directory.ts
	/** What GUIDs stand for, as far as manifests of this session have told. */
	var Directory = class {
		#names;
		#words;
		constructor(words) {
			this.#words = words;
			this.#names = /* @__PURE__ */ new Map([[ZERO_GUID, words.hub], [BROADCAST_GUID, words.everybody]]);
		}
		learn({ availableApis, shortcuts, peerGuid }) {
			for (const { serviceId, service, endpoint } of availableApis) this.#names.set(serviceId, \`\${service} \${endpoint}\`);
			for (const { shortcutId, name } of shortcuts) this.#names.set(shortcutId, name);
			if (peerGuid !== void 0) this.#names.set(peerGuid, this.#words.thisClient);
		}
		nameOf = (guid) => this.#names.get(guid);
	};
	// web/inspector/hub-socket.ts
	/** Opens a WebSocket to the hub. */
	function openSocket({ url, subprotocols }, ports) {
		const socket = new WebSocket(url, [...subprotocols]);
		socket.binaryType = "arraybuffer";
		socket.addEventListener("message", ({ data }) => ports.received(typeof data === "string" ? data : new Uint8Array(data)));
		socket.addEventListener("close", ({ code }) => ports.closed(code));
		return socket;
	}
	// web/inspector/payload-text.ts
	/** Characters. */
	var MOST = 65536;
	/**
	* The payload of a frame for people: JSON is indented, other text is as it is.
	*
	* @returns \`undefined\` where there is none, or where it is bytes and not text.
	*/
	function payloadText(frame) {
		const payload = payloadOf(frame);
		if (((frame[0] ?? 0) & (Flag.binary | Flag.compressed)) !== 0 || payload.length === 0) return void 0;
		const text = textOfBytes(payload);
		if (text === void 0) return void 0;
		const value = parseJson(text);
		const shown = value === void 0 ? text : JSON.stringify(value, null, 2);
		return shown.length > MOST ? \`\${shown.slice(0, MOST)}…\` : shown;
	}
	// web/inspector/frame-view.ts
	/** Bytes that are shown one by one. */
	var MOST_BYTES = 2048;
	/** A frame byte by byte, and what its fields say. */
	function frameView(frame, nameOf, words) {
		const fields = frameFields(frame, nameOf);
		const shown = frame.subarray(0, MOST_BYTES);
		const left = frame.length - shown.length;
		const payload = payloadText(frame);
		return element("div", { class: "decoded" }, fieldTable(frame, fields, words), scrolling("hex", words.rawBytes, ...hexLines(shown, fields)), ...left === 0 ? [] : [element("p", {}, fill(words.moreBytes, { count: left }))], ...payload === void 0 ? [] : [scrolling("payload", words.payloadText, payload)]);
	}
	/** Something wide: who has no pointer scrolls it with the keyboard. */
	var scrolling = (name, label, ...children) => element("pre", {
		class: name,
		tabindex: "0",
		role: "region",
		"aria-label": label
	}, ...children);
	function hexLines(bytes, fields) {
		return hexRows(bytes, fields).map(({ offset, runs, ascii }) => {
			const count = runs.flatMap(({ hex }) => hex.split(" ")).length;
			return element("span", { class: "line" }, element("span", { class: "muted" }, \`\${offset}  \`), ...runs.flatMap(({ field, hex }) => [element("span", { class: \`f-\${field}\` }, hex), " "]), "   ".repeat(16 - count), element("span", { class: "muted" }, \` \${ascii}\\n\`));
		});
	}
	function fieldTable(frame, fields, words) {
		const rows = fields.map(({ name, offset, length, value }) => {
			const last = offset + length - 1;
			const bytes = Array.from(frame.subarray(offset, offset + length), hexByte).join(" ");
			const said = name === "payload" ? fill(words.bytes, { count: length }) : value;
			return element("tr", { "data-field": name }, element("td", {}, last === offset ? String(offset) : \`\${offset}–\${last}\`), element("th", { scope: "row" }, mark(name), words.fields[name]), element("td", {}, element("code", {}, name === "payload" ? "" : bytes), " ", said));
		});
		const heads = [
			words.offset,
			words.field,
			words.value
		].map((title) => element("th", { scope: "col" }, title));
		return element("table", {}, element("caption", {}, words.header), element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows));
	}
	var mark = (name) => element("span", {
		class: \`mark-of f-\${name}\`,
		"aria-hidden": "true"
	});
	// web/inspector/log-view.ts
	var MOST_FRAMES = 500;
	/** The frames, the newest first. The oldest make room. */
	var LogView = class {
		#list = byId("frames", HTMLOListElement);
		#count = byId("frame-count", HTMLElement);
		#nameOf;
		#words;
		constructor(nameOf, words) {
			this.#nameOf = nameOf;
			this.#words = words;
			byId("clear", HTMLButtonElement).addEventListener("click", () => this.#clear());
			this.#showCount();
		}
		add(entry) {
			this.#list.prepend(this.#item(entry));
			while (this.#list.childElementCount > MOST_FRAMES) this.#list.lastElementChild?.remove();
			this.#showCount();
		}
		#clear() {
			this.#list.replaceChildren();
			this.#showCount();
		}
		#showCount() {
			say(this.#count, fill(this.#words.frames, { count: this.#list.childElementCount }));
		}
		#item({ direction, frame }) {
			const { kind, name } = summarize(frame, this.#nameOf);
			const length = typeof frame === "string" ? new Blob([frame]).size : frame.length;
			const details = element("details", {}, element("summary", {}, ...[
				element("span", { class: "time" }, timeOf(/* @__PURE__ */ new Date())),
				element("span", { class: "direction" }, this.#words.directions[direction]),
				element("span", { class: "kind" }, this.#words.kinds[kind]),
				element("span", { class: "name" }, name),
				element("span", { class: "size" }, fill(this.#words.bytes, { count: length }))
			].flatMap((part) => [part, " "])));
			details.addEventListener("toggle", () => this.#decode(details, frame));
			return element("li", { class: \`frame \${direction} \${kind}\` }, details);
		}
		/** Only once somebody looks: most frames are never opened. */
		#decode(details, frame) {
			if (!details.open || details.childElementCount > 1) return;
			details.append(typeof frame === "string" ? element("p", { class: "hint" }, this.#words.textFrame) : frameView(frame, this.#nameOf, this.#words));
		}
	};
	/** \`14:05:59.123\` */
	function timeOf(date) {
		const [hours = "", minutes = "", seconds = ""] = [
			date.getHours(),
			date.getMinutes(),
			date.getSeconds()
		].map((part) => String(part).padStart(2, "0"));
		return \`\${hours}:\${minutes}:\${seconds}.\${String(date.getMilliseconds()).padStart(3, "0")}\`;
	}
	// web/inspector/manifest-view.ts
	/** What the session may do. Choosing something makes it the target of the next call. */
	var ManifestView = class {
		#filter = byId("filter", HTMLInputElement);
		#endpoints = byId("endpoints", HTMLUListElement);
		#shortcuts = byId("shortcuts", HTMLUListElement);
		#words;
		#chosen;
		#manifest;
		#target;
		constructor(words, chosen) {
			this.#words = words;
			this.#chosen = chosen;
			this.#filter.addEventListener("input", () => this.#showEndpoints());
		}
		show(manifest) {
			if (manifest === void 0 || manifest === this.#manifest) return;
			this.#manifest = manifest;
			this.#showFacts(manifest);
			this.#showEndpoints();
			this.#showShortcuts();
		}
		#showFacts(manifest) {
			const { limits } = this.#words;
			say(byId("session-id", HTMLElement), manifest.sessionId);
			say(byId("version", HTMLElement), String(manifest.version));
			say(byId("manifest-hash", HTMLElement), manifest.manifestHash ?? "");
			say(byId("peer-guid", HTMLElement), manifest.peerGuid ?? "");
			const lines = [
				fill(limits.maxPayloadBytes, { n: manifest.limits.maxPayloadBytes }),
				fill(limits.messagesPerMinute, { n: manifest.limits.messagesPerMinute }),
				fill(limits.maxChannel, { n: manifest.limits.maxChannel }),
				fill(limits.maxInFlight, { n: manifest.limits.maxInFlight })
			];
			say(byId("limits", HTMLElement), lines.join(", "));
		}
		#showEndpoints() {
			const all = this.#manifest?.availableApis ?? [];
			const words = this.#filter.value.toLowerCase().split(/\\s+/);
			const shown = all.filter(({ service, endpoint, serviceId, description = "" }) => {
				const text = [
					service,
					endpoint,
					serviceId,
					description
				].join(" ").toLowerCase();
				return words.every((word) => text.includes(word));
			});
			say(byId("endpoint-count", HTMLElement), fill(this.#words.endpoints, {
				shown: shown.length,
				all: all.length
			}));
			const items = shown.map(({ service, endpoint, serviceId, description = "" }) => this.#item({
				guid: serviceId,
				name: \`\${service} \${endpoint}\`
			}, description));
			this.#endpoints.replaceChildren(...items);
		}
		#showShortcuts() {
			const items = (this.#manifest?.shortcuts ?? []).map(({ name, shortcutId, expiresAt = "" }) => this.#item({
				guid: shortcutId,
				name
			}, expiresAt));
			const none = element("li", { class: "hint" }, this.#words.noShortcuts);
			this.#shortcuts.replaceChildren(...items.length === 0 ? [none] : items);
		}
		#item(target, description) {
			const button = element("button", {
				type: "button",
				class: "quiet target",
				"aria-pressed": String(target.guid === this.#target)
			}, element("span", { class: "row-name" }, target.name), " ", element("span", { class: "hint" }, description), " ", element("code", {}, target.guid));
			button.addEventListener("click", () => {
				this.#target = target.guid;
				for (const other of document.querySelectorAll(".target")) other.setAttribute("aria-pressed", String(other === button));
				this.#chosen(target);
			});
			return element("li", {}, button);
		}
	};
	// web/inspector/index.ts
	/**
	* The script of \`/connect/inspector\`: a client of the hub that shows everything it does.
	*
	* \`npm run build:inspector\` bundles it into the Worker that serves the page.
	*
	* @module
	*/
	/** Milliseconds. The hub closes who says nothing for 30 minutes; routers forget sooner. */
	var KEEP_ALIVE = 25e3;
	var SECOND = 1e3;
	var { words: text = "", csrf = "", connectUrl = "" } = byId("inspector", HTMLElement).dataset;
	var words = JSON.parse(text);
	var directory = new Directory(words);
	var log = new LogView(directory.nameOf, words);
	var inspector = new Inspector({
		connectUrl,
		openSocket,
		directory,
		fetchToken: () => fetchToken(csrf),
		now: () => performance.now(),
		logged: (entry) => log.add(entry),
		changed: () => show()
	});
	var form = new CallForm(inspector, words);
	var controls = new Controls(inspector, words);
	var manifest = new ManifestView(words, (target) => void form.choose(target));
	function show() {
		controls.show();
		form.show();
		manifest.show(inspector.manifest);
	}
	setInterval(() => controls.showClock(), SECOND);
	setInterval(() => inspector.state.name === "open" && inspector.ping(), KEEP_ALIVE);
	inspector.connect();
})();
`;

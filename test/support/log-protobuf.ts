import protobuf from 'protobufjs';

/** Written from the published schemas, not from our tables. */
const { root } = protobuf.parse(`syntax = "proto3";
  message Any { oneof value { string text = 1; bool yes = 2; int64 whole = 3; double real = 4; Array list = 5; List members = 6; bytes raw = 7; } }
  message Array { repeated Any values = 1; }
  message List { repeated Pair values = 1; }
  message Pair { string key = 1; Any value = 2; }
  message Resource { repeated Pair attributes = 1; uint32 dropped = 2; }
  message Scope { string name = 1; string version = 2; repeated Pair attributes = 3; }
  message Log { fixed64 time = 1; fixed64 observed = 11; int32 severity = 2; string severityText = 3; Any body = 5; repeated Pair attributes = 6;
    fixed32 flags = 8; bytes trace = 9; bytes span = 10; string event = 12; }
  message ScopeLogs { Scope scope = 1; repeated Log logs = 2; string schema = 3; }
  message ResourceLogs { Resource resource = 1; repeated ScopeLogs scopes = 2; string schema = 3; }
  message Otlp { repeated ResourceLogs resources = 1; }
  message Stamp { int64 seconds = 1; int32 nanos = 2; }
  message Label { string name = 1; string value = 2; }
  message Entry { Stamp timestamp = 1; string line = 2; repeated Label metadata = 3; }
  message Stream { string labels = 1; repeated Entry entries = 2; uint64 hash = 3; }
  message Push { repeated Stream streams = 1; }`);
/** A message of one of these types, by an encoder that is not ours. */
export const encoded = (type: string, value: object): Buffer => {
  const kind = root.lookupType(type);
  return Buffer.from(kind.encode(kind.fromObject(value)).finish());
};

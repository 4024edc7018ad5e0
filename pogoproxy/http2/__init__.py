"""HTTP/2 (RFC 9113), for clients and for upstreams. No I/O but in `connection` and in `upstream.http2_connection`.

- `session`, `reception`   one connection as both sides have it: frames out, within the windows; frames in, to streams
- `flow`, `header_block`, `frame_checks`   the connection's windows, a block in pieces, what each frame must be
- `stream`        one stream as both sides see it: its ends, its windows, sending on it
- `frames`, `settings`, `codes`   the bytes of frames, what a peer allows, error codes
- `hpack_decoder`, `hpack_encoder`, `huffman`, `static_table`   header compression (RFC 7541)
- `fields`        what names and values may be
- `abuse`         what a peer may do only so often
- `outbox`        one write for what one turn of the loop makes
- `connection`, `server_session`, `server_stream`   a client's connection, and its requests
- `request_head`, `answering`, `response`, `tunnel`   from fields to an exchange, and its answer
"""

"""Certificates and handshakes: what the configuration says of them, and what follows from it.

- `names`        what a certificate may be for
- `storage`      where certificates and keys are kept
- `certificates` what is loaded
- `issuers`      who signs certificates; `acme` and `dns` are their own modules
- `managers`     who gives ready certificates for a handshake
- `permission`   who may say whether a name gets a certificate on demand
- `automation`   policies: which names get certificates from whom
- `connection`   policies: how handshakes are done
- `client_auth`  which client certificates are accepted; `trust` and `leaf` are its modules, `trusted` reads pools
- `ech`          encrypted client hellos
- `authority`    certificate authorities of our own

What runs:

- `hello` and `alert`      what a client asks for, and how it is refused
- `handshake`, `transport` the way from an accepted connection to HTTP over TLS; `session` is what was agreed on
- `contexts`, `unverified` OpenSSL, by Python's `ssl` and, where no certificate of a client is verified, by pyOpenSSL
- `client_certificate`     what placeholders tell of a client's certificate
- `suites`                 the names of cipher suites and curves
"""

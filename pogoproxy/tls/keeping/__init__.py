"""The keeper: the one process that holds all certificates, gets new ones, and gives them to the fronts that need them.

- `files`       a storage of named blobs in a folder, laid out as Caddy's; `locks` are its locks
- `blocking`    what a file system is asked to do, with a time limit
- `certificate` a certificate with its key, and what is to be known of it
- `resources`   certificates in a storage
- `sources`     files and folders that have certificates; `loading` reads them
- `watching`    files, loaded again when they change
- `inventory`   which certificates there are, by name
- `policies`    which automation policy a name has, and whom it gets certificates from
- `renewal`     when a certificate is renewed, and when a failed attempt is repeated
- `revocation`  whether an authority has revoked a certificate
- `managed`     a name whose certificate is ours to get; `supply` is where it comes from
- `demand`      who is asked before that happens on demand; `managers` are others that have ready certificates;
                `asking` is how
- `keeper`      what there is and what is wanted, brought together
- `messages`    what fronts ask; `desk` is the keeper's end and `client` the fronts'
"""

// Package ssh talks to other machines through the system's own ssh client: the
// configuration, agent, keys and known_hosts are those of the user who runs it. A Session
// is SFTP (draft-ietf-secsh-filexfer-02, version 3, with OpenSSH's extensions) over the
// client's pipe; Output runs one command.
//
// Nothing is ever asked for: what needs a password or an answer is an error that says what
// to do. The package knows nothing of what is transferred, nor of the rest of the module.
package ssh

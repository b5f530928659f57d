// Package powercut is a disk that loses power. It is a FUSE filesystem, in
// memory, that writes down every change and every fsync; from that record it
// makes the images that a disk may hold after the power went at any point, and
// boots them. Its tests let redbook live on it: state directory, data directory
// and redis.conf; each image is resumed and rolled back.
//
// # What survives a cut
//
// Content and size of a file, its owner and mode, are durable once that file was
// fsynced; what is in a directory (create, rename, link, unlink, mkdir, rmdir)
// once that directory was. Nothing else is: an fsync of a file does not save its
// name. Of the rest each image keeps a part, chosen by a seed:
//
//   - A write is kept, lost, or torn: any of its sectors of 512 or 4096 bytes
//     arrive, in any order; a file that grew without them has zeros there. A
//     rename may so be kept while the file it names is empty.
//   - Of changes of owner and mode the first few are kept, for each file.
//   - Of changes to directories the first few are kept, over the whole disk
//     (Ordered: journaling filesystems), or any, so long as those to one name
//     come in order (Reordered). A rename is never half done.
//
// The number of an inode is given again when its file is gone, as ext4 does. A
// booted image may be another device than the disk was, as after a reboot of a
// machine with btrfs, LVM or several disks. What a disk that lies about fsync
// does, or one that damages sectors that were durable, is not modelled.
//
// # Why FUSE
//
// dm-log-writes and dm-snapshot need device-mapper, a kernel module and a real
// filesystem, of which they show the one behaviour that it has; containers and
// most build machines have none of it. A wrapper around the calls of redbook
// would see only what goes through it. FUSE sees every system call, of every
// process, with the real code unchanged, and gives the weakest guarantees that
// POSIX allows rather than those of one filesystem.
//
// The package knows nothing of redbook; its tests do.
package powercut

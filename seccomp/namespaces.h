// A place where a process is alone: namespaces of its own, and a root directory with nothing in it.
#pragma once

namespace sandbox {

// How a process ends that went on as another: the other's id is in its last words.
inline constexpr int kMoved = 96;

// Goes on in namespaces of its own (user, process ids, network, mounts, ipc, host name, cgroups),
// as the first process of them, a child of the same parent; the calling process ends with the
// status kMoved, and the parent learns who it is now by read_moved(). Returns in the new process,
// or with false, and nothing changed, where the kernel does not allow that to an ordinary user.
// Call it first: while there is one thread, and no locked memory, which a new process has not.
bool enter_namespaces();

// Makes the root an empty directory that nobody can add to. False where that is not possible. Needs
// the rights that enter_namespaces() gave.
bool enter_empty_root();

}  // namespace sandbox

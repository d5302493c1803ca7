// One request to read or write a file of another password manager.
#pragma once

namespace formats::helper {

// Where the helper is born with its pipes.
inline constexpr int kInput = 0;    // the file to read, or the document to write
inline constexpr int kOutput = 1;   // the document, or the file
inline constexpr int kRequest = 3;  // the Request, and a Key that was asked for

// Answers the one request; the process's exit status: 0 when the answer was sent, whatever it is.
int serve();

}  // namespace formats::helper

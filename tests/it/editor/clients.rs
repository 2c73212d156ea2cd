//! Real clients, and a second server on the same file.

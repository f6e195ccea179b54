// A disk that can lose power: an SQLite VFS that keeps what is written in memory until it is synced.
//
// Bytes written to a database, its log or its journal are held in buffers shared by all handles on the file, and reach
// the file only inside xSync, which then really syncs it. Killing the process, or calling power_loss_strike, therefore
// leaves on the disk exactly what a power cut would leave at worst: nothing that was not synced.
//
// Two ways to use it:
// - linked into a test: power_loss_register(0), then open "file:/path/db?vfs=power-loss";
// - built into a shared object with POWER_LOSS_PRELOAD defined (Scripts/build-power-loss.sh) and named in LD_PRELOAD:
//   it is then the default VFS of the process before any database is opened, and kill -9 is the power cut.
#ifndef POWER_LOSS_H
#define POWER_LOSS_H

#include <stdint.h>

// The name of the VFS.
#define POWER_LOSS_VFS "power-loss"

// Registers the VFS once; later calls may only make it the default. Returns an SQLite result code.
int power_loss_register(int make_default);

// The power cut, for all files whose path starts with `prefix`: buffers are dropped, and every handle that is open
// fails with SQLITE_IOERR from now on and cannot touch the file any more. The caller then closes the dead handles and
// opens anew. Waits for a sync that is under way, which is then complete.
//
// With seed 0 no unsynced byte survives. With any other, each unsynced block of 4 KiB reaches the file or not by
// chance: what a kernel that had begun to write back, in any order, may leave.
void power_loss_strike(const char *prefix, uint64_t seed);

// What else is wrong with the disk from now on: `capacity` bytes is all that the database files under `prefix` may take
// together (SQLITE_FULL beyond; negative for no limit), and with `syncs_fail` every xSync fails and keeps nothing.
// Returns an SQLite result code.
int power_loss_set_condition(const char *prefix, int64_t capacity, int syncs_fail);

// Calls of xSync that returned success, for files whose path starts with `prefix`, since the VFS was registered.
uint64_t power_loss_sync_count(const char *prefix);

// Bytes held in memory, not yet on the disk, for files whose path starts with `prefix`.
uint64_t power_loss_unsynced_bytes(const char *prefix);

#endif

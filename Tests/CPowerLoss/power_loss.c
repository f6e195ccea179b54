// See include/power_loss.h for what this is. Written for SQLite 3.40's VFS interface, version 2 of the I/O methods:
// without xFetch, so that SQLite never maps the file.
//
// One `node` stands for one file, found by its path and shared by all handles:
//
//     durable file   |---- bytes below `intact` are valid ----|.... cut off, reads as zero ....|
//     blocks         4 KiB pieces that were written since the last sync; they win over the file
//     size           the length every handle sees
//
// One mutex guards everything; this is a test instrument, and a sync under the mutex also makes power_loss_strike
// exact.
#include "power_loss.h"

#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK 4096

struct block {
    sqlite3_int64 index; // offset / BLOCK
    unsigned char bytes[BLOCK];
};

struct node {
    struct node *next;
    char *path;
    int handles;
    int dead;     // struck or deleted: no longer found by its path
    int struck;   // every use fails
    int changed;  // something waits for a sync: blocks, or a new size
    sqlite3_int64 size, intact;
    struct block **blocks; // sorted by index
    size_t count, capacity;
    uint64_t syncs;
};

struct handle {
    sqlite3_file base;
    struct node *node; // NULL for temporary files, which need no durability
    sqlite3_file *real;
};

// What a test made of the disk under a path prefix.
struct condition {
    struct condition *next;
    char *prefix;
    sqlite3_int64 capacity; // bytes of all files together; negative: no limit
    int syncs_fail;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct node *nodes;
static struct condition *conditions;
static sqlite3_vfs *real_vfs;
static sqlite3_vfs vfs;

// --- Nodes. The mutex is held in all of these. ---

static void drop_blocks(struct node *n, size_t from) {
    for (size_t i = from; i < n->count; i++) free(n->blocks[i]);
    n->count = from;
}

// The position of the first block whose index is at least `index`.
static size_t lower_bound(const struct node *n, sqlite3_int64 index) {
    size_t low = 0, high = n->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (n->blocks[middle]->index < index) low = middle + 1; else high = middle;
    }
    return low;
}

static struct block *find_block(const struct node *n, sqlite3_int64 index) {
    size_t at = lower_bound(n, index);
    return at < n->count && n->blocks[at]->index == index ? n->blocks[at] : NULL;
}

static struct node *find_node(const char *path) {
    for (struct node *n = nodes; n; n = n->next)
        if (!n->dead && strcmp(n->path, path) == 0) return n;
    return NULL;
}

// Frees the node when nothing needs it: a file that was closed with unsynced bytes keeps them, as a kernel does.
static void release_node(struct node *n) {
    if (n->handles > 0 || (n->changed && !n->dead)) return;
    // Its count of syncs is still asked for after it is closed.
    if (!n->dead && n->syncs > 0) return;
    for (struct node **link = &nodes; *link; link = &(*link)->next)
        if (*link == n) { *link = n->next; break; }
    drop_blocks(n, 0);
    free(n->blocks);
    free(n->path);
    free(n);
}

// Reads from the durable file; bytes that were cut off, or never there, are zero.
static int read_durable(struct handle *h, unsigned char *out, sqlite3_int64 offset, int amount) {
    struct node *n = h->node;
    sqlite3_int64 there = n->intact - offset;
    if (there > amount) there = amount;
    if (there < 0) there = 0;
    memset(out + there, 0, (size_t)(amount - there));
    if (there == 0) return SQLITE_OK;
    int rc = h->real->pMethods->xRead(h->real, out, (int)there, offset);
    return rc == SQLITE_IOERR_SHORT_READ ? SQLITE_OK : rc; // SQLite zeroes the rest
}

static int add_block(struct handle *h, sqlite3_int64 index, struct block **out) {
    struct node *n = h->node;
    if (n->count == n->capacity) {
        size_t capacity = n->capacity ? n->capacity * 2 : 64;
        struct block **grown = realloc(n->blocks, capacity * sizeof *grown);
        if (!grown) return SQLITE_IOERR_NOMEM;
        n->blocks = grown;
        n->capacity = capacity;
    }
    struct block *b = malloc(sizeof *b);
    if (!b) return SQLITE_IOERR_NOMEM;
    b->index = index;
    int rc = read_durable(h, b->bytes, index * BLOCK, BLOCK);
    if (rc != SQLITE_OK) { free(b); return rc; }
    size_t at = lower_bound(n, index);
    memmove(n->blocks + at + 1, n->blocks + at, (n->count - at) * sizeof *n->blocks);
    n->blocks[at] = b;
    n->count++;
    *out = b;
    return SQLITE_OK;
}

static int has_prefix(const char *path, const char *prefix) {
    return strncmp(path, prefix, strlen(prefix)) == 0;
}

static struct condition *find_condition(const char *path) {
    for (struct condition *c = conditions; c; c = c->next)
        if (has_prefix(path, c->prefix)) return c;
    return NULL;
}

// Whether growing this file to `size` would pass the capacity of its disk.
static int would_overfill(const struct node *grown, sqlite3_int64 size) {
    struct condition *c = find_condition(grown->path);
    if (!c || c->capacity < 0) return 0;
    sqlite3_int64 total = size - grown->size;
    for (struct node *n = nodes; n; n = n->next)
        if (!n->dead && has_prefix(n->path, c->prefix)) total += n->size;
    return total > c->capacity;
}

// Brings the durable file to what the handles see, in the order a cautious kernel would.
static int flush(struct handle *h, int flags) {
    struct node *n = h->node;
    sqlite3_file *real = h->real;
    struct condition *c = find_condition(n->path);
    if (c && c->syncs_fail) return SQLITE_IOERR_FSYNC;
    sqlite3_int64 durable_size = 0;
    int rc = real->pMethods->xFileSize(real, &durable_size);
    if (rc == SQLITE_OK && durable_size > n->intact) rc = real->pMethods->xTruncate(real, n->intact);
    for (size_t i = 0; rc == SQLITE_OK && i < n->count; i++) {
        sqlite3_int64 offset = n->blocks[i]->index * BLOCK;
        sqlite3_int64 amount = n->size - offset;
        if (amount > BLOCK) amount = BLOCK;
        if (amount > 0) rc = real->pMethods->xWrite(real, n->blocks[i]->bytes, (int)amount, offset);
    }
    // Grows the file when its end was made by a truncation upwards only.
    if (rc == SQLITE_OK) rc = real->pMethods->xFileSize(real, &durable_size);
    if (rc == SQLITE_OK && durable_size != n->size) rc = real->pMethods->xTruncate(real, n->size);
    if (rc == SQLITE_OK) rc = real->pMethods->xSync(real, flags);
    if (rc != SQLITE_OK) return rc;
    drop_blocks(n, 0);
    n->intact = n->size;
    n->changed = 0;
    n->syncs++;
    return SQLITE_OK;
}

// --- Methods of a file ---

#define HANDLE(file) ((struct handle *)(file))

// Enters the mutex and refuses a handle that power was cut for.
#define ENTER(h)                                                                                                       \
    pthread_mutex_lock(&mutex);                                                                                        \
    if ((h)->node->struck) {                                                                                           \
        pthread_mutex_unlock(&mutex);                                                                                  \
        return SQLITE_IOERR;                                                                                           \
    }

static int leave(int rc) {
    pthread_mutex_unlock(&mutex);
    return rc;
}

static int file_close(sqlite3_file *file) {
    struct handle *h = HANDLE(file);
    int rc = h->real->pMethods->xClose(h->real);
    if (h->node) {
        pthread_mutex_lock(&mutex);
        h->node->handles--;
        release_node(h->node);
        pthread_mutex_unlock(&mutex);
    }
    return rc;
}

static int file_read(sqlite3_file *file, void *buffer, int amount, sqlite3_int64 offset) {
    struct handle *h = HANDLE(file);
    if (!h->node) return h->real->pMethods->xRead(h->real, buffer, amount, offset);
    ENTER(h);
    unsigned char *out = buffer;
    sqlite3_int64 end = offset + amount;
    sqlite3_int64 stop = end < h->node->size ? end : h->node->size;
    for (sqlite3_int64 at = offset; at < stop;) {
        sqlite3_int64 next = (at / BLOCK + 1) * BLOCK;
        if (next > stop) next = stop;
        struct block *b = find_block(h->node, at / BLOCK);
        if (b) {
            memcpy(out + (at - offset), b->bytes + at % BLOCK, (size_t)(next - at));
        } else {
            int rc = read_durable(h, out + (at - offset), at, (int)(next - at));
            if (rc != SQLITE_OK) return leave(rc);
        }
        at = next;
    }
    if (stop >= end) return leave(SQLITE_OK);
    sqlite3_int64 have = stop > offset ? stop - offset : 0;
    memset(out + have, 0, (size_t)(amount - have));
    return leave(SQLITE_IOERR_SHORT_READ);
}

static int file_write(sqlite3_file *file, const void *buffer, int amount, sqlite3_int64 offset) {
    struct handle *h = HANDLE(file);
    if (!h->node) return h->real->pMethods->xWrite(h->real, buffer, amount, offset);
    ENTER(h);
    const unsigned char *in = buffer;
    sqlite3_int64 end = offset + amount;
    if (end > h->node->size && would_overfill(h->node, end)) return leave(SQLITE_FULL);
    for (sqlite3_int64 at = offset; at < end;) {
        sqlite3_int64 next = (at / BLOCK + 1) * BLOCK;
        if (next > end) next = end;
        struct block *b = find_block(h->node, at / BLOCK);
        if (!b) {
            int rc = add_block(h, at / BLOCK, &b);
            if (rc != SQLITE_OK) return leave(rc);
        }
        memcpy(b->bytes + at % BLOCK, in + (at - offset), (size_t)(next - at));
        at = next;
    }
    if (end > h->node->size) h->node->size = end;
    h->node->changed = 1;
    return leave(SQLITE_OK);
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size) {
    struct handle *h = HANDLE(file);
    if (!h->node) return h->real->pMethods->xTruncate(h->real, size);
    ENTER(h);
    struct node *n = h->node;
    drop_blocks(n, lower_bound(n, (size + BLOCK - 1) / BLOCK));
    struct block *last = size % BLOCK ? find_block(n, size / BLOCK) : NULL;
    if (last) memset(last->bytes + size % BLOCK, 0, BLOCK - (size_t)(size % BLOCK));
    if (size < n->intact) n->intact = size;
    n->size = size;
    n->changed = 1;
    return leave(SQLITE_OK);
}

static int file_sync(sqlite3_file *file, int flags) {
    struct handle *h = HANDLE(file);
    if (!h->node) return h->real->pMethods->xSync(h->real, flags);
    ENTER(h);
    return leave(flush(h, flags));
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size) {
    struct handle *h = HANDLE(file);
    if (!h->node) return h->real->pMethods->xFileSize(h->real, size);
    ENTER(h);
    *size = h->node->size;
    return leave(SQLITE_OK);
}

static int file_lock(sqlite3_file *file, int level) {
    return HANDLE(file)->real->pMethods->xLock(HANDLE(file)->real, level);
}

static int file_unlock(sqlite3_file *file, int level) {
    return HANDLE(file)->real->pMethods->xUnlock(HANDLE(file)->real, level);
}

static int file_check_reserved_lock(sqlite3_file *file, int *out) {
    return HANDLE(file)->real->pMethods->xCheckReservedLock(HANDLE(file)->real, out);
}

static int file_control(sqlite3_file *file, int op, void *argument) {
    struct handle *h = HANDLE(file);
    switch (h->node ? op : 0) {
    case SQLITE_FCNTL_SIZE_HINT: // would grow the durable file
    case SQLITE_FCNTL_CHUNK_SIZE:
        return SQLITE_OK;
    case SQLITE_FCNTL_MMAP_SIZE:
        *(sqlite3_int64 *)argument = 0;
        return SQLITE_OK;
    case SQLITE_FCNTL_VFSNAME:
        *(char **)argument = sqlite3_mprintf("%s", POWER_LOSS_VFS);
        return SQLITE_OK;
    default:
        return h->real->pMethods->xFileControl(h->real, op, argument);
    }
}

static int file_sector_size(sqlite3_file *file) {
    return HANDLE(file)->real->pMethods->xSectorSize(HANDLE(file)->real);
}

static int file_device_characteristics(sqlite3_file *file) {
    // Batches of atomic writes would pass by the buffers.
    return HANDLE(file)->real->pMethods->xDeviceCharacteristics(HANDLE(file)->real) & ~SQLITE_IOCAP_BATCH_ATOMIC;
}

// The index of the log is shared memory that SQLite rebuilds after a crash; it has no durable part.
static int file_shm_map(sqlite3_file *file, int region, int size, int extend, void volatile **out) {
    return HANDLE(file)->real->pMethods->xShmMap(HANDLE(file)->real, region, size, extend, out);
}

static int file_shm_lock(sqlite3_file *file, int offset, int n, int flags) {
    return HANDLE(file)->real->pMethods->xShmLock(HANDLE(file)->real, offset, n, flags);
}

static void file_shm_barrier(sqlite3_file *file) {
    HANDLE(file)->real->pMethods->xShmBarrier(HANDLE(file)->real);
}

static int file_shm_unmap(sqlite3_file *file, int delete) {
    return HANDLE(file)->real->pMethods->xShmUnmap(HANDLE(file)->real, delete);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_reserved_lock,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_device_characteristics,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

// --- Methods of the VFS; those not here are the real one's ---

static struct node *new_node(const char *path, sqlite3_int64 size) {
    struct node *n = calloc(1, sizeof *n);
    if (!n) return NULL;
    n->path = strdup(path);
    if (!n->path) { free(n); return NULL; }
    n->size = n->intact = size;
    n->next = nodes;
    nodes = n;
    return n;
}

static int vfs_open(sqlite3_vfs *self, sqlite3_filename path, sqlite3_file *file, int flags, int *out_flags) {
    (void)self;
    struct handle *h = HANDLE(file);
    const int durable =
        SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL;
    memset(h, 0, sizeof *h);
    h->real = (sqlite3_file *)(h + 1);
    int rc = real_vfs->xOpen(real_vfs, path, h->real, flags, out_flags);
    if (rc != SQLITE_OK) {
        if (h->real->pMethods) h->real->pMethods->xClose(h->real);
        return rc;
    }
    if (path && (flags & durable) && !(flags & SQLITE_OPEN_DELETEONCLOSE)) {
        pthread_mutex_lock(&mutex);
        struct node *n = find_node(path);
        // A node without handles and without unsynced bytes knows nothing that the file does not know better.
        sqlite3_int64 size = 0;
        if (!n || (n->handles == 0 && !n->changed)) rc = h->real->pMethods->xFileSize(h->real, &size);
        if (rc == SQLITE_OK && !n && !(n = new_node(path, size))) rc = SQLITE_NOMEM;
        if (rc == SQLITE_OK && n->handles == 0 && !n->changed) n->size = n->intact = size;
        if (rc == SQLITE_OK) {
            n->handles++;
            h->node = n;
        }
        pthread_mutex_unlock(&mutex);
        if (rc != SQLITE_OK) {
            h->real->pMethods->xClose(h->real);
            return rc;
        }
    }
    h->base.pMethods = &methods;
    return SQLITE_OK;
}

// True while a handle is open that power was cut for and whose file, or whose log or journal, this is. Its connection
// may still believe that everything in the log is in the database, and delete the log when it closes.
static int belongs_to_the_dead(const char *path) {
    for (struct node *n = nodes; n; n = n->next)
        if (n->struck && n->handles > 0 && has_prefix(path, n->path)) return 1;
    return 0;
}

static int vfs_delete(sqlite3_vfs *self, const char *path, int sync_directory) {
    (void)self;
    pthread_mutex_lock(&mutex);
    if (belongs_to_the_dead(path)) return leave(SQLITE_IOERR);
    int rc = real_vfs->xDelete(real_vfs, path, sync_directory);
    struct node *n = find_node(path);
    if (n && (rc == SQLITE_OK || rc == SQLITE_IOERR_DELETE_NOENT)) {
        n->dead = 1; // open handles keep it, as with an unlinked file
        release_node(n);
    }
    pthread_mutex_unlock(&mutex);
    return rc;
}

static int vfs_access(sqlite3_vfs *self, const char *path, int flags, int *out) {
    (void)self;
    pthread_mutex_lock(&mutex);
    struct node *n = find_node(path);
    // To SQLite an empty file does not exist, and a file whose first bytes wait for a sync is empty on the disk.
    int written = n && n->changed && n->size > 0;
    pthread_mutex_unlock(&mutex);
    int rc = real_vfs->xAccess(real_vfs, path, flags, out);
    if (rc == SQLITE_OK && flags == SQLITE_ACCESS_EXISTS && written) *out = 1;
    return rc;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_vfs(void) {
    real_vfs = sqlite3_vfs_find("unix");
    if (!real_vfs) return;
    vfs = *real_vfs; // the methods not replaced below get this struct as their VFS and use only its pAppData
    vfs.pNext = NULL;
    vfs.zName = POWER_LOSS_VFS;
    vfs.szOsFile = (int)sizeof(struct handle) + real_vfs->szOsFile;
    vfs.xOpen = vfs_open;
    vfs.xDelete = vfs_delete;
    vfs.xAccess = vfs_access;
}

int power_loss_register(int make_default) {
    int rc = sqlite3_initialize();
    if (rc != SQLITE_OK) return rc;
    pthread_once(&once, make_vfs);
    if (!real_vfs) return SQLITE_ERROR;
    if (!make_default && sqlite3_vfs_find(POWER_LOSS_VFS)) return SQLITE_OK;
    return sqlite3_vfs_register(&vfs, make_default);
}

// --- The instrument's own controls ---

// SplitMix64, so that a seed gives the same cut on every machine.
static uint64_t next_random(uint64_t *state) {
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

// Lets some unsynced blocks reach the file, as a kernel that was writing back when the power went. Straight to the
// file: the handles' locks no longer matter.
static void save_some_blocks(const struct node *n, uint64_t *random) {
    int descriptor = open(n->path, O_WRONLY | O_CLOEXEC);
    if (descriptor < 0) return;
    for (size_t i = 0; i < n->count; i++) {
        sqlite3_int64 offset = n->blocks[i]->index * BLOCK;
        sqlite3_int64 amount = n->size - offset < BLOCK ? n->size - offset : BLOCK;
        if (next_random(random) & 1 && pwrite(descriptor, n->blocks[i]->bytes, (size_t)amount, offset) != amount) break;
    }
    close(descriptor);
}

void power_loss_strike(const char *prefix, uint64_t seed) {
    uint64_t random = seed;
    pthread_mutex_lock(&mutex);
    for (struct node *n = nodes, *next; n; n = next) {
        next = n->next;
        if (n->dead || !has_prefix(n->path, prefix)) continue;
        if (seed != 0) save_some_blocks(n, &random);
        n->dead = n->struck = 1;
        drop_blocks(n, 0);
        release_node(n);
    }
    pthread_mutex_unlock(&mutex);
}

int power_loss_set_condition(const char *prefix, int64_t capacity, int syncs_fail) {
    pthread_mutex_lock(&mutex);
    struct condition *c = conditions;
    while (c && strcmp(c->prefix, prefix) != 0) c = c->next;
    if (!c) {
        c = calloc(1, sizeof *c);
        if (c) c->prefix = strdup(prefix);
        if (!c || !c->prefix) {
            free(c);
            return leave(SQLITE_NOMEM);
        }
        c->next = conditions;
        conditions = c;
    }
    c->capacity = capacity;
    c->syncs_fail = syncs_fail;
    return leave(SQLITE_OK);
}

uint64_t power_loss_sync_count(const char *prefix) {
    uint64_t count = 0;
    pthread_mutex_lock(&mutex);
    for (struct node *n = nodes; n; n = n->next)
        if (has_prefix(n->path, prefix)) count += n->syncs;
    pthread_mutex_unlock(&mutex);
    return count;
}

uint64_t power_loss_unsynced_bytes(const char *prefix) {
    uint64_t count = 0;
    pthread_mutex_lock(&mutex);
    for (struct node *n = nodes; n; n = n->next)
        if (!n->dead && has_prefix(n->path, prefix)) count += n->count * BLOCK;
    pthread_mutex_unlock(&mutex);
    return count;
}

#ifdef POWER_LOSS_PRELOAD
__attribute__((constructor)) static void preload(void) {
    if (power_loss_register(1) != SQLITE_OK) {
        fputs("power-loss: the VFS could not be registered\n", stderr);
        abort();
    }
    fputs("power-loss: bytes reach the disk only when they are synced\n", stderr);
}
#endif

/*
 * What some programs want of the system, under one name for POSIX and Windows. Threads are POSIX's
 * on both.
 */
#ifndef YTX_TEST_SYSTEM_H
#define YTX_TEST_SYSTEM_H

enum { CLOSED = -1, KEPT, INHERITED }; /* what a descriptor, or a handle, can be */

#ifdef _WIN32

#include <tlhelp32.h>

#define pthread_tryjoin_np _pthread_tryjoin
#define MOST_DESCRIPTORS 4096
#define FIRST_DESCRIPTOR 0
#define NUMBER_OF(descriptor) ((int)((descriptor) / 4)) /* a handle is a multiple */

static inline int look_at_descriptor(int number)
{
  DWORD flags;
  if (!GetHandleInformation((HANDLE)(4 * (uintptr_t)number), &flags))
    return CLOSED;
  return flags & HANDLE_FLAG_INHERIT ? INHERITED : KEPT;
}

/* Its number may be a thread's or an event's by now, which handles share with sockets. */
static inline int is_closed(intptr_t descriptor)
{
  int kind, size = sizeof kind;
  return getsockopt((SOCKET)descriptor, SOL_SOCKET, SO_TYPE, (char *)&kind, &size) != 0;
}

/* A closed one's number goes to no socket here. */
static inline void close_standard_streams(void)
{
}

static inline int count_threads(void)
{
  THREADENTRY32 entry;
  HANDLE all = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
  int count = 0;
  CHECK(all != INVALID_HANDLE_VALUE);
  entry.dwSize = sizeof entry;
  CHECK(Thread32First(all, &entry));
  do
    count += entry.th32OwnerProcessID == GetCurrentProcessId();
  while (Thread32Next(all, &entry));
  CloseHandle(all);
  return count;
}

/* The same now and then only: a look takes long. */
static inline int sample_threads(void)
{
  static int64_t looked;
  static int count;
  if (now_ms() - looked > 2000) {
    count = count_threads();
    looked = now_ms();
  }
  return count;
}

/* The end of a page, behind which nothing may be touched. */
static inline char *edge_of_memory(void)
{
  SYSTEM_INFO info;
  DWORD before;
  char *pages;
  GetSystemInfo(&info);
  pages = VirtualAlloc(NULL, 2 * info.dwPageSize, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
  CHECK(pages != NULL);
  CHECK(VirtualProtect(pages + info.dwPageSize, info.dwPageSize, PAGE_NOACCESS, &before));
  return pages + info.dwPageSize;
}

static inline void *open_library(const char *path)
{
  return LoadLibraryA(path);
}

/* The library if it is in memory; else NULL. */
static inline void *find_library(const char *path)
{
  HMODULE found;
  return GetModuleHandleExA(0, path, &found) ? found : NULL;
}

static inline int close_library(void *library)
{
  return FreeLibrary((HMODULE)library);
}

static inline void *find_symbol(void *library, const char *name)
{
  FARPROC found = GetProcAddress((HMODULE)library, name);
  void *symbol;
  memcpy(&symbol, &found, sizeof symbol);
  return symbol;
}

#else

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>

#define MOST_DESCRIPTORS 1024
#define NUMBER_OF(descriptor) ((int)(descriptor))
#define FIRST_DESCRIPTOR 3 /* those before it are the standard streams' */

static inline int look_at_descriptor(int number)
{
  int flags = fcntl(number, F_GETFD);
  if (flags == -1)
    return CLOSED;
  return flags & FD_CLOEXEC ? KEPT : INHERITED;
}

static inline int is_closed(intptr_t descriptor)
{
  return look_at_descriptor(NUMBER_OF(descriptor)) == CLOSED;
}

/* As a daemon does. What the checks print goes elsewhere from now on. */
static inline void close_standard_streams(void)
{
  check_output = fcntl(2, F_DUPFD_CLOEXEC, 100);
  CHECK(check_output >= 100);
  close(0);
  close(1);
  close(2);
}

static inline int count_threads(void)
{
  DIR *tasks = opendir("/proc/self/task");
  struct dirent *entry;
  int count = 0;
  CHECK(tasks != NULL);
  while ((entry = readdir(tasks)) != NULL)
    count += entry->d_name[0] != '.';
  closedir(tasks);
  return count;
}

static inline int sample_threads(void)
{
  return count_threads();
}

/* The end of a page, behind which nothing may be touched. */
static inline char *edge_of_memory(void)
{
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(pages != MAP_FAILED);
  CHECK(mprotect(pages + page, page, PROT_NONE) == 0);
  return pages + page;
}

static inline void *open_library(const char *path)
{
  return dlopen(path, RTLD_NOW | RTLD_LOCAL);
}

/* The library if it is in memory; else NULL. */
static inline void *find_library(const char *path)
{
  return dlopen(path, RTLD_NOW | RTLD_NOLOAD);
}

static inline int close_library(void *library)
{
  return dlclose(library) == 0;
}

static inline void *find_symbol(void *library, const char *name)
{
  return dlsym(library, name);
}

#endif
#endif

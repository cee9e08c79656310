/*
 * A program that loads libytx, and then the quickstart as a module that calls it, as switches do
 * with theirs.
 *
 * Arguments: the library and the module.
 */
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv)
{
  int (*run)(void);
  void *module;

  if (argc != 3)
    return 2;
  if (dlopen(argv[1], RTLD_NOW | RTLD_GLOBAL) == NULL ||
      (module = dlopen(argv[2], RTLD_NOW)) == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  /* C has no cast from an object's pointer to a function's; POSIX has this. */
  *(void **)&run = dlsym(module, "main");
  return run();
}

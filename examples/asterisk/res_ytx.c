/*
 * A module of Asterisk for rooms of YTX: applications and a function for the dialplan, actions and
 * events for AMI, commands for the CLI. This file loads, reloads and unloads it. docs/en/asterisk.md
 * explains it.
 */
#include "module.h"

#include "dialplan.h"
#include "manager.h"
#include "platform.h"
#include "watches.h"

static void watch_one(const char *room) {
  watch_begin(room);
}

static char *on_show_figures(struct ast_cli_entry *entry, int command,
                             struct ast_cli_args *arguments) {
  char *text = NULL;
  size_t size;
  FILE *out;
  if (command == CLI_INIT) {
    entry->command = "ytx show figures";
    entry->usage = "Usage: ytx show figures\n       As Prometheus reads them.\n";
    return NULL;
  }
  if (command == CLI_GENERATE) return NULL;
  out = open_memstream(&text, &size);
  if (out == NULL) return CLI_FAILURE;
  platform_figures(out);
  if (fclose(out) == 0) ast_cli(arguments->fd, "%s", text);
  ast_std_free(text);
  return CLI_SUCCESS;
}

static char *on_show_watches(struct ast_cli_entry *entry, int command,
                             struct ast_cli_args *arguments) {
  if (command == CLI_INIT) {
    entry->command = "ytx show watches";
    entry->usage = "Usage: ytx show watches\n       The rooms that are watched.\n";
    return NULL;
  }
  if (command == CLI_GENERATE) return NULL;
  watches_show(arguments->fd);
  return CLI_SUCCESS;
}

static struct ast_cli_entry commands[] = {
  AST_CLI_DEFINE(on_show_figures, "Shows the figures of the calls to YTX"),
  AST_CLI_DEFINE(on_show_watches, "Shows the rooms of YTX that are watched"),
};

/* Asterisk unloads no module that a call or a session is in. Then nothing more is asked, and what
   was asked is answered before the thread ends. */
static int unload_module(void) {
  ast_cli_unregister_multiple(commands, ARRAY_LEN(commands));
  manager_unregister();
  dialplan_unregister();
  platform_stop();
  return 0;
}

static int load_module(void) {
  if (!platform_start()) return AST_MODULE_LOAD_DECLINE;
  if (dialplan_register() || manager_register() ||
      ast_cli_register_multiple(commands, ARRAY_LEN(commands))) {
    unload_module();
    return AST_MODULE_LOAD_DECLINE;
  }
  platform_watched(watch_one);
  return AST_MODULE_LOAD_SUCCESS;
}

static int reload_module(void) {
  if (!platform_reload()) return AST_MODULE_LOAD_DECLINE;
  watches_renew();
  platform_watched(watch_one);
  return AST_MODULE_LOAD_SUCCESS;
}

AST_MODULE_INFO(ASTERISK_GPL_KEY, AST_MODFLAG_LOAD_ORDER, "Rooms of YTX",
  .support_level = AST_MODULE_SUPPORT_EXTENDED,
  .load = load_module,
  .unload = unload_module,
  .reload = reload_module,
  .load_pri = AST_MODPRI_APP_DEPEND,
);

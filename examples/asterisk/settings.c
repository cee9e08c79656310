#include "settings.h"

#define FILE_NAME "ytx.conf"

static int take_text(char **setting, const char *value) {
  ast_free(*setting);
  *setting = *value != '\0' ? ast_strdup(value) : NULL;
  return *setting != NULL || *value == '\0';
}

static int take_number(uint32_t *setting, const char *value) {
  return sscanf(value, "%30u", setting) == 1;
}

static int take_room(struct settings *settings, const char *value) {
  char **rooms = ast_realloc(settings->rooms, (settings->watched + 1) * sizeof *rooms);
  if (rooms == NULL) return 0;
  settings->rooms = rooms;
  rooms[settings->watched] = ast_strdup(value);
  return rooms[settings->watched++] != NULL;
}

static int take(struct settings *settings, const struct ast_variable *line) {
  const char *name = line->name, *value = line->value;
  if (strcasecmp(name, "account_sid") == 0) return take_text(&settings->account_sid, value);
  if (strcasecmp(name, "auth_token") == 0) return take_text(&settings->auth_token, value);
  if (strcasecmp(name, "appid") == 0) return take_text(&settings->appid, value);
  if (strcasecmp(name, "base_url") == 0) return take_text(&settings->base_url, value);
  if (strcasecmp(name, "ca_file") == 0) return take_text(&settings->ca_file, value);
  if (strcasecmp(name, "proxy") == 0) return take_text(&settings->proxy, value);
  if (strcasecmp(name, "source_address") == 0) return take_text(&settings->source_address, value);
  if (strcasecmp(name, "timeout_ms") == 0) return take_number(&settings->timeout_ms, value);
  if (strcasecmp(name, "interval_ms") == 0) return take_number(&settings->interval_ms, value);
  if (strcasecmp(name, "watch") == 0) return take_room(settings, value);
  return 0;
}

int settings_read(struct settings *settings) {
  struct ast_flags none = { 0 };
  struct ast_config *file = ast_config_load(FILE_NAME, none);
  struct ast_variable *line;
  int good = 1;
  memset(settings, 0, sizeof *settings);
  if (file == CONFIG_STATUS_FILEMISSING || file == CONFIG_STATUS_FILEINVALID) {
    ast_log(LOG_ERROR, FILE_NAME " is missing, or cannot be read.\n");
    return 0;
  }
  for (line = ast_variable_browse(file, "general"); line != NULL; line = line->next) {
    if (take(settings, line)) continue;
    ast_log(LOG_ERROR, FILE_NAME ":%d: %s is unknown, or its value is wrong.\n", line->lineno,
            line->name); /* never the value: it may be the token */
    good = 0;
  }
  ast_config_destroy(file);
  if (!good) settings_free(settings);
  return good;
}

void settings_free(struct settings *settings) {
  size_t i;
  for (i = 0; i < settings->watched; i++) ast_free(settings->rooms[i]);
  ast_free(settings->rooms);
  ast_free(settings->account_sid);
  ast_free(settings->auth_token);
  ast_free(settings->appid);
  ast_free(settings->base_url);
  ast_free(settings->ca_file);
  ast_free(settings->proxy);
  ast_free(settings->source_address);
  memset(settings, 0, sizeof *settings);
}

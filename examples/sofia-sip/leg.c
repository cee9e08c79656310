#include "leg.h"

#include <sofia-sip/url.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Only what names the room: port, parameters and headers may differ from request to request. */
static char *entity_of(const url_t *url) {
  size_t size = strlen(url->url_scheme) + strlen(url->url_user) + strlen(url->url_host) + 3;
  char *entity = malloc(size);
  if (entity != NULL)
    snprintf(entity, size, "%s:%s@%s", url->url_scheme, url->url_user, url->url_host);
  return entity;
}

static char *room_of(const url_t *url) {
  char *room = malloc(strlen(url->url_user) + 1);
  if (room != NULL) url_unescape(room, url->url_user);
  return room;
}

static void leg_free(struct leg *leg) {
  struct leg **at = &leg->desk->legs;
  while (*at != NULL && *at != leg) at = &(*at)->next;
  if (*at != NULL) *at = leg->next;
  if (leg->handle != NULL) nua_handle_destroy(leg->handle);
  free(leg->room);
  free(leg->entity);
  free(leg);
}

struct leg *leg_new(struct desk *desk, nua_handle_t *handle, const sip_t *request) {
  const url_t *url = request->sip_request->rq_url;
  struct leg *leg;
  if (url->url_scheme == NULL || url->url_user == NULL || url->url_host == NULL ||
      url->url_user[0] == '\0')
    return NULL;
  leg = calloc(1, sizeof *leg);
  if (leg == NULL) return NULL;
  leg->desk = desk;
  leg->room = room_of(url);
  leg->entity = entity_of(url);
  if (leg->room == NULL || leg->entity == NULL) {
    leg_free(leg);
    return NULL;
  }
  leg->handle = handle;
  leg->next = desk->legs;
  desk->legs = leg;
  nua_handle_bind(handle, leg);
  return leg;
}

void leg_release(struct leg *leg) {
  if (leg->call.up || leg->subscription.room != NULL) return;
  nua_handle_bind(leg->handle, NULL);
  leg_free(leg);
}

void legs_free(struct desk *desk) {
  while (desk->legs != NULL) {
    call_end(desk->legs);
    subscription_forget(desk->legs);
    leg_free(desk->legs);
  }
}

#include "sdp.h"

#include <sofia-sip/sdp.h>
#include <string.h>

/* The port to discard by. It is not used, but 0 would refuse the stream. */
#define DISCARD 9

static const char offer[] =
    "v=0\r\n"
    "o=- 1 1 IN IP4 127.0.0.1\r\n"
    "s=-\r\n"
    "c=IN IP4 127.0.0.1\r\n"
    "t=0 0\r\n"
    "m=audio 9 RTP/AVP 0 8\r\n"
    "a=inactive\r\n";

/* Plain RTP is accepted. A keyed stream would need keys in the answer. */
static void answer_media(sdp_media_t *media) {
  for (; media != NULL; media = media->m_next) {
    int accepted = media->m_proto == sdp_proto_rtp && media->m_port != 0;
    media->m_port = accepted ? DISCARD : 0;
    media->m_rejected = !accepted;
    media->m_number_of_ports = 0;
    media->m_mode = sdp_inactive;
    media->m_connections = NULL;
    media->m_bandwidths = NULL;
    media->m_attributes = NULL; /* candidates and the like are theirs; rtpmap and fmtp stay */
  }
}

static const char *print(su_home_t *home, const sdp_session_t *session) {
  sdp_printer_t *printer = sdp_print(home, session, NULL, 0, 0);
  const char *text = sdp_message(printer);
  text = text != NULL ? su_strdup(home, text) : NULL;
  sdp_printer_free(printer);
  return text;
}

const char *inactive_session(su_home_t *home, const sip_t *invite, const char *address) {
  const sip_payload_t *body = invite->sip_payload;
  const char *offered = body != NULL ? body->pl_data : offer;
  size_t length = body != NULL ? body->pl_len : strlen(offer);
  sdp_parser_t *parser = sdp_parse(home, offered, (issize_t)length, sdp_f_insane);
  sdp_session_t *session = sdp_session(parser);
  sdp_connection_t connection = { 0 };
  sdp_origin_t origin = { 0 };
  const char *text;
  if (session == NULL) {
    sdp_parser_free(parser);
    return NULL;
  }
  connection.c_size = sizeof connection;
  connection.c_nettype = sdp_net_in;
  connection.c_addrtype = strchr(address, ':') != NULL ? sdp_addr_ip6 : sdp_addr_ip4;
  connection.c_address = (char *)address;
  origin.o_size = sizeof origin;
  origin.o_username = "-";
  origin.o_id = origin.o_version = 1; /* what a dialog is answered does not change */
  origin.o_address = &connection;
  session->sdp_origin = &origin;
  session->sdp_subject = "-";
  session->sdp_information = NULL;
  session->sdp_uri = NULL;
  session->sdp_emails = session->sdp_phones = NULL;
  session->sdp_bandwidths = NULL;
  session->sdp_attributes = NULL;
  session->sdp_connection = &connection;
  answer_media(session->sdp_media);
  text = print(home, session);
  sdp_parser_free(parser);
  return text;
}

/* Names, and addresses as text. zsockd has no name servers. */
#include <zephyr/net/hostname.h>
#include <zephyr/net/socketutils.h>

#include "matrix.h"

static void test_getaddrinfo(void) {
  struct zsock_addrinfo hints = {.ai_family = AF_UNSPEC};
  struct zsock_addrinfo* list = (struct zsock_addrinfo*)&hints;

  errno = 0;
  GIVES(zsock_getaddrinfo(NULL, NULL, NULL, &list), DNS_EAI_SYSTEM);
  GIVES(errno, EINVAL);
  GIVES(list == NULL, 1);
  GIVES(zsock_getaddrinfo("192.0.2.1", "http", NULL, &list), DNS_EAI_NONAME);
  GIVES(zsock_getaddrinfo("192.0.2.1", "0", NULL, &list), DNS_EAI_NONAME);
  GIVES(zsock_getaddrinfo("192.0.2.1", "65536", NULL, &list), DNS_EAI_NONAME);
  GIVES(zsock_getaddrinfo(NULL, "80", NULL, &list), DNS_EAI_FAIL);
  hints.ai_flags = AI_NUMERICHOST;
  GIVES(zsock_getaddrinfo("host.example.org", "80", &hints, &list), DNS_EAI_FAIL);
  hints = (struct zsock_addrinfo){.ai_family = 77};
  GIVES(zsock_getaddrinfo("192.0.2.1", "80", &hints, &list), DNS_EAI_ADDRFAMILY);
  hints = (struct zsock_addrinfo){.ai_family = AF_INET6};
  GIVES(zsock_getaddrinfo("192.0.2.1", "80", &hints, &list), DNS_EAI_ADDRFAMILY);
  hints = (struct zsock_addrinfo){.ai_socktype = 9};
  GIVES(zsock_getaddrinfo("192.0.2.1", "80", &hints, &list), DNS_EAI_SOCKTYPE);
  GIVES(list == NULL, 1);
  GIVES(net_getaddrinfo_addr_str(NULL, "80", NULL, &list), -1);
  GIVES(net_getaddrinfo_addr_str("[2001:db8::1]:8080", "80", NULL, &list), 0);
  GIVES(ntohs(net_sin6(list->ai_addr)->sin6_port), 8080);
  zsock_freeaddrinfo(list);
  zsock_freeaddrinfo(NULL);
  GIVES(strcmp(zsock_gai_strerror(DNS_EAI_NODATA), "EAI_NODATA"), 0);
  GIVES(strcmp(zsock_gai_strerror(-4711), "EAI_UNKNOWN"), 0);
}

/* The name of each code is the code's own. */
static void test_codes(void) {
#define CODE(name)                                                      \
  do {                                                                  \
    GIVES(strcmp(zsock_gai_strerror(DNS_EAI_##name), "EAI_" #name), 0); \
  } while (0)
  CODE(BADFLAGS);
  CODE(NONAME);
  CODE(AGAIN);
  CODE(FAIL);
  CODE(NODATA);
  CODE(FAMILY);
  CODE(SOCKTYPE);
  CODE(SERVICE);
  CODE(ADDRFAMILY);
  CODE(MEMORY);
  CODE(SYSTEM);
  CODE(OVERFLOW);
  CODE(INPROGRESS);
  CODE(CANCELED);
  CODE(NOTCANCELED);
  CODE(ALLDONE);
  CODE(IDN_ENCODE);
  GIVES(strcmp(gai_strerror(EAI_NONAME), "EAI_NONAME"), 0);
#undef CODE
}

static void test_getnameinfo(void) {
  struct sockaddr_in address = own4(80);
  struct sockaddr strange = {.sa_family = AF_UNSPEC};
  char host[4];
  char service[8];

  errno = 0;
  GIVES(zsock_getnameinfo(NULL, 0, host, sizeof(host), NULL, 0, 0), DNS_EAI_SYSTEM);
  GIVES(errno, EINVAL);
  GIVES(zsock_getnameinfo(&strange, sizeof(strange), host, sizeof(host), NULL, 0, 0),
        DNS_EAI_SYSTEM);
  GIVES(errno, EAFNOSUPPORT);
  GIVES(zsock_getnameinfo(ADDRESS(address), host, sizeof(host), NULL, 0, 0), DNS_EAI_SYSTEM);
  GIVES(errno, ENOSPC);
  GIVES(zsock_getnameinfo(ADDRESS(address), NULL, 0, service, 2, 0), DNS_EAI_SYSTEM);
  GIVES(errno, ENOSPC);
  GIVES(zsock_getnameinfo(ADDRESS(address), NULL, 0, service, sizeof(service), 0), 0);
  GIVES(strcmp(service, "80"), 0);

  /* Numbers, whatever the flags. */
  static const int flags[] = {0, NI_NUMERICHOST, NI_NUMERICSERV, NI_NOFQDN, NI_NAMEREQD, NI_DGRAM};
  struct sockaddr_in6 longer = at6("2001:db8::77", 65535);
  char text[NI_MAXHOST];

  ARRAY_FOR_EACH(flags, i) {
    GIVES(
        zsock_getnameinfo(ADDRESS(address), text, sizeof(text), service, sizeof(service), flags[i]),
        0);
    GIVES(strcmp(text, "192.0.2.1") | strcmp(service, "80"), 0);
    GIVES(
        zsock_getnameinfo(ADDRESS(longer), text, sizeof(text), service, sizeof(service), flags[i]),
        0);
    GIVES(strcmp(text, "2001:db8::77") | strcmp(service, "65535"), 0);
  }
  GIVES(zsock_getnameinfo(ADDRESS(longer), text, 12, NULL, 0, 0), DNS_EAI_SYSTEM);
  GIVES(zsock_getnameinfo(ADDRESS(longer), text, 13, NULL, 0, 0), 0);
}

static void test_text(void) {
  uint8_t octets[16];
  char text[4];
  struct sockaddr address;
  uint8_t bits;

  FAILS(zsock_inet_pton(77, "192.0.2.1", octets), EAFNOSUPPORT);
  GIVES(zsock_inet_pton(AF_INET, "192.0.2", octets), 0);
  GIVES(zsock_inet_pton(AF_INET6, "::1", octets), 1);
  errno = 0;
  GIVES(zsock_inet_ntop(AF_INET6, octets, text, 2) == NULL, 1);
  GIVES(errno, ENOSPC);
  GIVES(zsock_inet_ntop(77, octets, text, sizeof(text)) == NULL, 1);
  GIVES(errno, EAFNOSUPPORT);
  GIVES(net_addr_pton(AF_INET, "nowhere", octets), -EINVAL);
  GIVES(net_addr_pton(77, "192.0.2.1", octets), -EAFNOSUPPORT);
  GIVES(net_ipaddr_parse("192.0.2.1:x", 11, &address), false);
  GIVES(net_ipaddr_parse_mask("192.0.2.1/33", 12, &address, &bits) == NULL, 1);
  GIVES(net_mask_len_to_netmask(AF_INET, 33, &address), -EINVAL);
  GIVES(net_mask_len_to_netmask(77, 3, &address), -EINVAL);
  address.sa_family = 77;
  GIVES(net_netmask_to_mask_len(AF_UNIX, &address, &bits), -EINVAL);
  GIVES(net_port_set_default(&address, 3), -EINVAL);
  GIVES(net_port_set(&address, 3), -EINVAL);
}

/* There and back, with no octet of room to spare. */
static void test_round_trips(void) {
  static const struct {
    int family;
    const char* text;
  } rows[] = {{AF_INET, "0.0.0.0"},
              {AF_INET, "255.255.255.255"},
              {AF_INET, "192.0.2.1"},
              {AF_INET6, "::"},
              {AF_INET6, "::1"},
              {AF_INET6, "2001:db8::1:0:0:1"},
              {AF_INET6, "fe80::1234:5678"},
              {AF_INET6, "ff02::fb"}};
  uint8_t octets[16];
  char text[INET6_ADDRSTRLEN];

  ARRAY_FOR_EACH(rows, i) {
    const size_t room = strlen(rows[i].text) + 1;

    GIVES(zsock_inet_pton((sa_family_t)rows[i].family, rows[i].text, octets), 1);
    GIVES(zsock_inet_ntop((sa_family_t)rows[i].family, octets, text, room) == text, 1);
    GIVES(strcmp(text, rows[i].text), 0);
    GIVES(net_addr_pton((sa_family_t)rows[i].family, rows[i].text, octets), 0);
    GIVES(net_addr_ntop((sa_family_t)rows[i].family, octets, text, room) == text, 1);
    GIVES(strcmp(text, rows[i].text), 0);
    GIVES(net_addr_ntop((sa_family_t)rows[i].family, octets, text, room - 1) == NULL, 1);
  }
  GIVES(net_addr_ntop(77, octets, text, sizeof(text)) == NULL, 1);
}

static void test_hostname(void) {
  char name[70];

  FAILS(zsock_gethostname(NULL, 9), EINVAL);
  GIVES(zsock_gethostname(name, sizeof(name)), 0);
  GIVES(strcmp(name, "zephyr"), 0);
  GIVES(net_hostname_set(NULL, 3), -EINVAL);
  GIVES(net_hostname_set(name, 0), -EINVAL);
  GIVES(net_hostname_set(name, 64), -ENOMEM);
  GIVES(net_hostname_set("sensor-7", 8), 0);
  GIVES(strcmp(net_hostname_get(), "sensor-7"), 0);
  GIVES(zsock_gethostname(name, sizeof(name)), 0);
  GIVES(strcmp(name, "sensor-7"), 0);
}

void test_names(void) {
  test_getaddrinfo();
  test_codes();
  test_getnameinfo();
  test_text();
  test_round_trips();
  test_hostname();
}

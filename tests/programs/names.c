/* What a program is told of names and interfaces, as text. names.sh compares it with what the
 * kernel tells of the same. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const char* text_of(const struct sockaddr* address) {
  static char text[4][128];
  static int turn = 0;
  char* to = text[turn++ % 4];
  if (address == NULL) return "none";
  if (address->sa_family == AF_PACKET) {
    const struct sockaddr_ll* link = (const void*)address;
    snprintf(to, sizeof text[0], "link type %d octets %d index %s", link->sll_hatype,
             link->sll_halen, link->sll_ifindex > 0 ? "given" : "missing");
  } else {
    const int size =
        address->sa_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
    if (getnameinfo(address, (socklen_t)size, to, sizeof text[0], NULL, 0, NI_NUMERICHOST) != 0)
      return "?";
    char* scope = strchr(to, '%');
    if (scope != NULL) *scope = '\0';
  }
  return to;
}

static void list_interfaces(void) {
  struct ifaddrs* list = NULL;
  if (getifaddrs(&list) != 0) {
    perror("getifaddrs");
    return;
  }
  for (const struct ifaddrs* each = list; each != NULL; each = each->ifa_next) {
    printf("%s flags %x address %s mask %s broadcast %s\n", each->ifa_name,
           each->ifa_flags & 0xffffU, text_of(each->ifa_addr), text_of(each->ifa_netmask),
           text_of(each->ifa_flags & IFF_BROADCAST ? each->ifa_broadaddr : NULL));
  }
  freeifaddrs(list);
  struct if_nameindex* names = if_nameindex();
  if (names == NULL) {
    perror("if_nameindex");
    return;
  }
  for (const struct if_nameindex* each = names; each->if_name != NULL; ++each) {
    char name[IF_NAMESIZE] = "";
    const int same = if_nametoindex(each->if_name) == each->if_index &&
                     if_indextoname(each->if_index, name) == name &&
                     strcmp(name, each->if_name) == 0;
    printf("interface %s %s\n", each->if_name, same ? "found again" : "lost");
  }
  if_freenameindex(names);
  char name[IF_NAMESIZE];
  printf("no interface: %u", if_nametoindex("no0"));
  printf(" %s", strerrorname_np(errno));
  printf(" %s", if_indextoname(9999, name) == NULL ? "null" : name);
  printf(" %s\n", strerrorname_np(errno));
}

static void ask(int fd, const char* name, const char* what, unsigned long request) {
  struct ifreq about;
  memset(&about, 0, sizeof about);
  strncpy(about.ifr_name, name, IFNAMSIZ - 1);
  if (ioctl(fd, request, &about) != 0) {
    printf("%s %s: %s\n", name, what, strerrorname_np(errno));
  } else if (request == SIOCGIFFLAGS) {
    printf("%s %s: %x\n", name, what, about.ifr_flags & 0xffffU);
  } else if (request == SIOCGIFMTU) {
    printf("%s %s: %d\n", name, what, about.ifr_mtu);
  } else if (request == SIOCGIFHWADDR) {
    printf("%s %s: type %d\n", name, what, about.ifr_hwaddr.sa_family);
  } else if (request == SIOCGIFINDEX) {
    const int index = about.ifr_ifindex;
    const int named = ioctl(fd, SIOCGIFNAME, &about) == 0 && strcmp(about.ifr_name, name) == 0;
    printf("%s %s: %s %s\n", name, what, (unsigned)index == if_nametoindex(name) ? "same" : "other",
           named ? "named" : "unnamed");
  } else {
    printf("%s %s: %s\n", name, what, text_of(&about.ifr_addr));
  }
}

static void ask_socket(void) {
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  const char* const names[] = {"lo", "zs0", "no0"};
  for (int i = 0; i < 3; ++i) {
    ask(fd, names[i], "index", SIOCGIFINDEX);
    ask(fd, names[i], "flags", SIOCGIFFLAGS);
    ask(fd, names[i], "mtu", SIOCGIFMTU);
    ask(fd, names[i], "hardware", SIOCGIFHWADDR);
    ask(fd, names[i], "address", SIOCGIFADDR);
    ask(fd, names[i], "mask", SIOCGIFNETMASK);
    ask(fd, names[i], "broadcast", SIOCGIFBRDADDR);
  }
  struct ifreq requests[8];
  struct ifconf list = {.ifc_len = 0, .ifc_buf = NULL};
  ioctl(fd, SIOCGIFCONF, &list);
  printf("configured: %d", list.ifc_len / (int)sizeof(struct ifreq));
  list.ifc_len = sizeof requests;
  list.ifc_req = requests;
  ioctl(fd, SIOCGIFCONF, &list);
  const int count = list.ifc_len / (int)sizeof(struct ifreq);
  printf(" %d\n", count);
  for (int i = 0; i < count; ++i)
    printf("configured %s %s\n", requests[i].ifr_name, text_of(&requests[i].ifr_addr));
  list.ifc_len = sizeof requests[0];
  ioctl(fd, SIOCGIFCONF, &list);
  printf("with room for one: %d\n", list.ifc_len / (int)sizeof(struct ifreq));
  close(fd);
}

static void print_host(const char* question, const struct hostent* host, int error) {
  if (host == NULL) {
    printf("%s: h_errno %d\n", question, error);
    return;
  }
  printf("%s: %s family %d", question, host->h_name, host->h_addrtype);
  for (char** each = host->h_addr_list; *each != NULL; ++each) {
    char text[INET6_ADDRSTRLEN];
    printf(" %s", inet_ntop(host->h_addrtype, *each, text, sizeof text));
  }
  printf(" aliases %s\n", host->h_aliases[0] == NULL ? "none" : host->h_aliases[0]);
}

static void find_hosts(char** names) {
  for (; *names != NULL; ++names) {
    const struct hostent* found = gethostbyname(*names);
    print_host(*names, found, h_errno);
    found = gethostbyname2(*names, AF_INET6);
    print_host(*names, found, h_errno);
    char memory[1024];
    struct hostent host;
    struct hostent* result = &host;
    int error = 0;
    int status = gethostbyname_r(*names, &host, memory, sizeof memory, &result, &error);
    printf("reentrant: %d %s\n", status, result == &host ? host.h_name : "null");
    if (result == NULL) continue;
    status = gethostbyname2_r(*names, AF_INET, &host, memory, 20, &result, &error);
    printf("in 20 octets: %s %s\n", status == 0 ? "0" : strerrorname_np(status),
           result == &host ? host.h_name : "null");
  }
}

static void find_addresses(char** addresses) {
  for (; *addresses != NULL; ++addresses) {
    struct in6_addr octets;
    const int family = strchr(*addresses, ':') == NULL ? AF_INET : AF_INET6;
    inet_pton(family, *addresses, &octets);
    const struct hostent* found = gethostbyaddr(&octets, family == AF_INET ? 4 : 16, family);
    print_host(*addresses, found, h_errno);
  }
  struct hostent* none = gethostbyaddr("abc", 3, AF_INET);
  printf("three octets: %s\n", none == NULL ? "null" : none->h_name);
}

static void find_scoped(const char* node) {
  struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_DGRAM};
  struct addrinfo* list = NULL;
  const int status = getaddrinfo(node, NULL, &hints, &list);
  const unsigned scope =
      status == 0 ? ((const struct sockaddr_in6*)(const void*)list->ai_addr)->sin6_scope_id : 0;
  printf("%s: %s\n", node,
         status != 0                      ? gai_strerror(status)
         : scope == if_nametoindex("zs0") ? "zs0"
                                          : "elsewhere");
  if (list != NULL) freeaddrinfo(list);
}

/* names.c interfaces | hosts NAME... | addresses ADDRESS... */
int main(int argc, char** argv) {
  if (argc < 2) return 2;
  if (strcmp(argv[1], "hosts") == 0) find_hosts(argv + 2);
  if (strcmp(argv[1], "addresses") == 0) find_addresses(argv + 2);
  if (strcmp(argv[1], "interfaces") != 0) return 0;
  list_interfaces();
  ask_socket();
  find_scoped("fe80::1%zs0");
  find_scoped("fe80::1%no0");
  return 0;
}

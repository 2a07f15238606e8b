/* Commands on standard input, and by shell_execute_cmd(); check has what it should say. */
#include <zephyr/shell/shell.h>

static int show(const struct shell* sh, size_t argc, char** argv) {
  size_t i;

  for (i = 0; i < argc; i++) {
    shell_fprintf(sh, SHELL_INFO, "[%s]", argv[i]);
  }
  shell_print(sh, " %d", argv[argc] == NULL);
  return (int)argc;
}

static int add(const struct shell* sh, size_t argc, char** argv) {
  int error = 0;
  long sum = shell_strtol(argv[1], 10, &error);

  if (argc == 3) {
    sum += shell_strtol(argv[2], 0, &error);
  }
  if (error != 0) {
    shell_error(sh, "error %d", error);
    return error;
  }
  shell_print(sh, "%ld", sum);
  return 0;
}

static int helpful(const struct shell* sh, size_t argc, char** argv) {
  ARG_UNUSED(argc);
  ARG_UNUSED(argv);
  shell_help(sh);
  return SHELL_CMD_HELP_PRINTED;
}

/* A set that is known when it is asked for. */
static void planet(size_t index, struct shell_static_entry* entry) {
  static const char* const names[] = {"venus", "mars"};

  entry->syntax = index < ARRAY_SIZE(names) ? names[index] : NULL;
  entry->help = "a planet";
  entry->handler = show;
}

SHELL_DYNAMIC_CMD_CREATE(planets, planet);
SHELL_STATIC_SUBCMD_SET_CREATE(deeper, SHELL_CMD_ARG(add, NULL, "Adds", add, 2, 1),
                               SHELL_COND_CMD(CONFIG_SHELL, on, NULL, "On", show),
                               SHELL_COND_CMD(CONFIG_NEVER, off, NULL, "Off", show),
                               SHELL_SUBCMD_SET_END);
SHELL_STATIC_SUBCMD_SET_CREATE(subcommands, SHELL_CMD(deeper, &deeper, "More", NULL),
                               SHELL_CMD(planet, &planets, "Planets", show),
                               SHELL_CMD(helpful, NULL, "Helps", helpful), SHELL_SUBCMD_SET_END);
SHELL_CMD_REGISTER(sample, &subcommands, "Sample commands", NULL);
SHELL_CMD_ARG_REGISTER(show, NULL, "Shows words", show, 1, 2);
SHELL_COND_CMD_REGISTER(CONFIG_NEVER, never, NULL, "Never", show);

int main(void) {
  const struct shell* dummy = shell_backend_dummy_get_ptr();
  const uint8_t octets[] = "0123456789abcdef\n";
  int error = 0;
  size_t size;

  if (shell_execute_cmd(NULL, "show a") != 2 || shell_execute_cmd(NULL, "nothing") != -ENOEXEC ||
      shell_execute_cmd(NULL, "show a b c") != -EINVAL || shell_execute_cmd(NULL, "") != 0 ||
      shell_execute_cmd(NULL, "show 'a") != -ENOEXEC) {
    return 1;
  }
  if (shell_execute_cmd(dummy, "sample deeper add 3 0x10") != 0 ||
      strcmp(shell_backend_dummy_get_output(dummy, &size), "19\n") != 0 || size != 3) {
    return 2;
  }
  shell_hexdump(dummy, octets, sizeof(octets) - 1);
  if (strstr(shell_backend_dummy_get_output(dummy, &size), "00000010: 0a ") == NULL) {
    return 3;
  }
  shell_print(dummy, "forgotten");
  shell_backend_dummy_clear_output(dummy);
  if (*shell_backend_dummy_get_output(dummy, &size) != '\0' || size != 0) {
    return 4;
  }
  if (shell_strtoul("12x", 10, &error) != 0 || error != -EINVAL ||
      shell_strtoul("99999999999999999999", 10, &error) != 0 || error != -ERANGE ||
      !shell_strtobool("enable", 10, &error) || shell_strtobool("0", 10, &error)) {
    return 5;
  }
  printk("main ends\n");
  return 7; /* after the last line of input */
}

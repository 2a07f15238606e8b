/// \file
/// The shell of firmware: a thread that reads lines from standard input and calls their commands.

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libzsock/zephyr/kernel/wait.h"

#include <zephyr/shell/shell.h>

struct shell {
  std::string* kept;  ///< what was printed, for who asks; NULL: it went to standard output
};

namespace {

constexpr size_t kHexPerLine = 16;
constexpr size_t kKept = 4096;  ///< octets

/// What the shell without a terminal has printed: since the last question, and before it.
struct Printed {
  std::mutex mutex;
  std::string now;
  std::string before;
};

Printed& printed() {
  static Printed& instance = *new Printed;
  return instance;
}

constexpr shell kConsole{nullptr};
const shell kDummy{&printed().now};

void keep(std::string& kept, const char* format, va_list arguments) {
  char* text = nullptr;
  const int length = vasprintf(&text, format, arguments);
  if (length < 0) return;
  const std::lock_guard lock(printed().mutex);
  kept.append(text, std::min(static_cast<size_t>(length), kKept - kept.size()));
  std::free(text);
}

struct Commands {
  std::mutex mutex;
  std::vector<const shell_static_entry*> all;  ///< by name
  std::vector<const shell_static_entry* const*> sections;
  k_thread thread;
};

// Never destroyed: its thread runs until the process ends.
Commands& commands() {
  static Commands& instance = *new Commands{};
  return instance;
}

thread_local const shell_static_entry* running = nullptr;  ///< for shell_help()

/// Entry number `index` of a set. False: there are no more.
bool entry_at(const shell_cmd_entry& set, size_t index, shell_static_entry& found) {
  found = {};
  if (set.set.get != nullptr) {
    set.set.get(index, &found);
  } else {
    found = set.set.entry[index];
  }
  return found.syntax != nullptr;
}

bool find(const shell_cmd_entry* set, std::string_view name, shell_static_entry& found) {
  if (set == nullptr || name.empty()) return false;
  shell_static_entry entry;
  for (size_t i = 0; entry_at(*set, i, entry); ++i) {
    if (name != entry.syntax) continue;
    found = entry;
    return true;
  }
  return false;
}

bool find_command(std::string_view name, shell_static_entry& found) {
  const std::lock_guard lock(commands().mutex);
  for (const shell_static_entry* command : commands().all) {
    if (name != command->syntax) continue;
    found = *command;
    return true;
  }
  return false;
}

/// The words of a line: blanks part them, quotes and backslashes hold them together. False: a quote
/// is open.
bool split(std::string_view line, std::vector<std::string>& words) {
  char quote = 0;
  bool inside = false;
  std::string word;
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const bool blank = quote == 0 && std::isspace(static_cast<unsigned char>(c)) != 0;
    if (blank && inside) words.push_back(std::exchange(word, {}));
    inside = !blank;
    if (blank) continue;
    if (c == '\\' && quote != '\'' && i + 1 < line.size()) {
      word += line[++i];
    } else if (quote != 0 ? c == quote : c == '"' || c == '\'') {
      quote = quote != 0 ? char{0} : c;
    } else {
      word += c;
    }
  }
  if (inside) words.push_back(word);
  return quote == 0;
}

void print_entry(const shell* sh, const shell_static_entry& entry) {
  if (*entry.syntax == '\0') return;  // SHELL_COND_CMD() of what is off
  zsock_shell_line(sh, SHELL_NORMAL, "  %-12s %s", entry.syntax,
                   entry.help != nullptr ? entry.help : "");
}

int print_help(const shell* sh, const shell_static_entry& command) {
  zsock_shell_line(sh, SHELL_NORMAL, "%s - %s", command.syntax,
                   command.help != nullptr ? command.help : "");
  if (command.subcmd != nullptr) {
    zsock_shell_line(sh, SHELL_NORMAL, "Subcommands:");
    shell_static_entry entry;
    for (size_t i = 0; entry_at(*command.subcmd, i, entry); ++i) print_entry(sh, entry);
  }
  return SHELL_CMD_HELP_PRINTED;
}

int print_commands(const shell* sh) {
  zsock_shell_line(sh, SHELL_NORMAL, "Available commands:");
  const std::lock_guard lock(commands().mutex);
  for (const shell_static_entry* command : commands().all) print_entry(sh, *command);
  return 0;
}

bool has_right_number(const shell_static_args& args, size_t words) {
  if (args.mandatory == 0) return true;
  if (words < args.mandatory) return false;
  return args.optional >= SHELL_OPT_ARG_RAW || words <= size_t{args.mandatory} + args.optional;
}

int call(const shell* sh, const shell_static_entry& command, std::vector<std::string>& words,
         size_t first) {
  std::vector<char*> arguments;
  for (size_t i = first; i < words.size(); ++i) arguments.push_back(words[i].data());
  const size_t count = arguments.size();
  arguments.push_back(nullptr);
  if (!has_right_number(command.args, count)) {
    zsock_shell_line(sh, SHELL_ERROR, "%s: wrong parameter count", command.syntax);
    print_help(sh, command);
    return -EINVAL;
  }
  const shell_static_entry* const before = std::exchange(running, &command);
  const int result = command.handler(sh, count, arguments.data());
  running = before;
  return result;
}

/// Goes down as far as words name subcommands; the last one with a handler gets the rest.
int run(const shell* sh, std::vector<std::string>& words) {
  shell_static_entry command;
  if (!find_command(words[0], command)) {
    if (words[0] == "help") return print_commands(sh);
    zsock_shell_line(sh, SHELL_ERROR, "%s: command not found", words[0].c_str());
    return -ENOEXEC;
  }
  shell_static_entry chosen = command;
  size_t first = 0;
  size_t next = 1;
  for (; next < words.size() && find(command.subcmd, words[next], command); ++next) {
    if (command.handler == nullptr) continue;
    chosen = command;
    first = next;
  }
  if (next < words.size() && (words[next] == "-h" || words[next] == "--help")) {
    return print_help(sh, command);
  }
  if (chosen.handler != nullptr && (command.handler != nullptr || next < words.size())) {
    return call(sh, chosen, words, first);
  }
  zsock_shell_line(sh, SHELL_ERROR, "Please specify a subcommand.");
  return print_help(sh, command);
}

void prompt() {
  if (isatty(STDIN_FILENO) == 0) return;
  std::fputs("uart:~$ ", stdout);
  std::fflush(stdout);
}

void read_lines(void*, void*, void*) {
  char* line = nullptr;
  size_t room = 0;
  for (prompt(); getline(&line, &room, stdin) >= 0; prompt()) shell_execute_cmd(&kConsole, line);
  std::free(line);
  const zsock::kernel::Lock lock;
  zsock::kernel::release();
}

void start() {
  {
    const zsock::kernel::Lock lock;
    zsock::kernel::hold();  // the program goes on after main()
  }
  zsock::kernel::start_system_thread(commands().thread, "shell", read_lines, nullptr, 14);
}

template <typename Number>
Number number_from(const char* text, int base, int* error,
                   Number (*convert)(const char*, char**, int)) {
  char* end = nullptr;
  errno = 0;
  const Number number = convert(text, &end, base);
  const int problem = end == text || *end != '\0' ? -EINVAL : -errno;
  if (problem == 0) return number;
  *error = problem;
  return 0;
}

}  // namespace

void zsock_shell_announce(const shell_static_entry* const* begin,
                          const shell_static_entry* const* end) {
  Commands& known = commands();
  const std::lock_guard lock(known.mutex);
  const auto& sections = known.sections;
  if (std::find(sections.begin(), sections.end(), begin) != sections.end()) return;
  known.sections.push_back(begin);
  known.all.insert(known.all.end(), begin, end);
  std::stable_sort(known.all.begin(), known.all.end(), [](const auto* a, const auto* b) {
    return std::string_view(a->syntax) < std::string_view(b->syntax);
  });
  if (known.sections.size() == 1) start();
}

int shell_execute_cmd(const shell* sh, const char* cmd) {
  std::vector<std::string> words;
  if (!split(cmd, words)) {
    zsock_shell_line(sh, SHELL_ERROR, "a quote is open");
    return -ENOEXEC;
  }
  return words.empty() ? 0 : run(sh, words);
}

const shell* shell_backend_uart_get_ptr() {
  return &kConsole;
}

const shell* shell_backend_dummy_get_ptr() {
  return &kDummy;
}

const char* shell_backend_dummy_get_output(const shell*, size_t* sizep) {
  const std::lock_guard lock(printed().mutex);
  printed().before = std::exchange(printed().now, {});
  *sizep = printed().before.size();
  return printed().before.c_str();
}

void shell_backend_dummy_clear_output(const shell*) {
  const std::lock_guard lock(printed().mutex);
  printed().now.clear();
}

void shell_vfprintf(const shell* sh, shell_vt100_color color, const char* format,
                    va_list arguments) {
  if (sh != nullptr && sh->kept != nullptr) return keep(*sh->kept, format, arguments);
  const bool colored = color != SHELL_NORMAL && isatty(STDOUT_FILENO) != 0;
  flockfile(stdout);
  if (colored) std::printf("\033[1;%dm", 29 + static_cast<int>(color));
  std::vfprintf(stdout, format, arguments);
  if (colored) std::fputs("\033[0m", stdout);
  std::fflush(stdout);
  funlockfile(stdout);
}

void shell_fprintf(const shell* sh, shell_vt100_color color, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  shell_vfprintf(sh, color, format, arguments);
  va_end(arguments);
}

void zsock_shell_line(const shell* sh, shell_vt100_color color, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  flockfile(stdout);
  shell_vfprintf(sh, color, format, arguments);
  shell_fprintf(sh, SHELL_NORMAL, "\n");
  funlockfile(stdout);
  va_end(arguments);
}

void shell_hexdump_line(const shell* sh, unsigned int offset, const uint8_t* data, size_t len) {
  char octets[kHexPerLine * 3 + 1] = {};
  char characters[kHexPerLine + 1] = {};
  for (size_t i = 0; i < std::min(len, kHexPerLine); ++i) {
    std::snprintf(octets + i * 3, 4, "%02x ", static_cast<unsigned int>(data[i]));
    characters[i] = std::isprint(data[i]) != 0 ? static_cast<char>(data[i]) : '.';
  }
  zsock_shell_line(sh, SHELL_NORMAL, "%08X: %-48s|%-16s|", offset, octets, characters);
}

void shell_hexdump(const shell* sh, const uint8_t* data, size_t len) {
  for (size_t at = 0; at < len; at += kHexPerLine) {
    shell_hexdump_line(sh, static_cast<unsigned int>(at), data + at, len - at);
  }
}

void shell_help(const shell* sh) {
  if (running != nullptr) print_help(sh, *running);
}

long shell_strtol(const char* str, int base, int* err) {
  return number_from<long>(str, base, err, std::strtol);
}

unsigned long shell_strtoul(const char* str, int base, int* err) {
  return number_from<unsigned long>(str, base, err, std::strtoul);
}

unsigned long long shell_strtoull(const char* str, int base, int* err) {
  return number_from<unsigned long long>(str, base, err, std::strtoull);
}

bool shell_strtobool(const char* str, int base, int* err) {
  const std::string_view text(str);
  if (text == "on" || text == "true" || text == "enable") return true;
  if (text == "off" || text == "false" || text == "disable") return false;
  return shell_strtoul(str, base, err) != 0;
}

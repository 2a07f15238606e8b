# zsock_firmware(TARGET app SOURCES main.c... PRJ_CONF prj.conf [OVERLAYS more.conf...] [KCONFIG Kconfig]): a Zephyr application
# as a program of the host. What Kconfig is given, a later file before an earlier one, becomes the macros of autoconf.h, which
# every source sees; the rest has the defaults of the application's Kconfig (the file of that name beside prj.conf, unless KCONFIG
# names another) and of zephyr/zsock_config.h. Options that nothing here knows (what the host does not have) are defined as well,
# and listed once, as a warning.
#
# generate_inc_file_for_target(app FILE GENERATED [--gzip]): as in Zephyr, the octets of FILE as a list of numbers, for #include.
#
# Paths are relative to the current source directory. The folders of the sources may be added with target_include_directories().

# With CONFIG_NET_CONFIG_SETTINGS=y the program waits for the network before main(), as on the target
# (CONFIG_NET_CONFIG_AUTO_INIT=n: it does not).

set(zsock_firmware_folder ${CMAKE_CURRENT_LIST_DIR})

# Options that say how the target is built, by regular expressions: without effect on the host.
set(zsock_firmware_ignored
  "NET_(PKT|BUF|IF|L2|RAW|TC|RX|TX|ARP|CORE|STATISTICS|CONTEXT|CONN|HOSTNAME|SLIP|QEMU|ROUTE|VLAN|NATIVE|LOOPBACK|TEST|LOG|SHELL).*"
  "NET_(IPV4|IPV6|TCP|TCP2|UDP|ICMPV4|ICMPV6|SOCKETS|CONFIG|MGMT|DHCPV4|IGMP|CONNECTION_MANAGER|SOCKETPAIR|MAX).*"
  ".*_LOG_LEVEL(_(OFF|ERR|WRN|INF|DBG|DEFAULT))?" "LOG.*" "PRINTK.*" "CONSOLE.*" "UART.*" "SERIAL.*" "STDOUT_CONSOLE" "EARLY_CONSOLE"
  ".*_STACK_SIZE" ".*_THREAD_PRIO(RITY)?" "STACK_.*" "INIT_STACKS" "THREAD_.*" "MAIN_.*" "SYSTEM_WORKQUEUE.*" "NUM_.*_PRIORITIES"
  "HEAP_MEM_POOL.*" "SYS_CLOCK.*" "TIMESLICING.*" "MULTITHREADING" "POLL" "EVENTS" "EVENTFD.*" "ZVFS.*" "POSIX.*" "PTHREAD.*" "MAX_PTHREAD.*"
  "DNS.*" "MDNS.*" "LLMNR.*" "TLS.*" "MBEDTLS.*" "PSA.*" "TEST.*" "ZTEST.*" "ENTROPY.*" ".*RANDOM.*" "HW_STACK_PROTECTION" "USERSPACE" "ASSERT.*"
  "NEWLIB.*" "PICOLIBC.*" "MINIMAL_LIBC.*" "REQUIRES_FULL_LIBC" "EXTERNAL_LIBC" "CPLUSPLUS" "CPP" "STD_CPP.*" "LIB_CPLUSPLUS" "FPU.*" "FLOAT.*"
  "ETH.*" "MODEM.*" "WIFI.*" "GPIO" "SPI" "I2C" "NETWORKING" "COMPILER_OPT" "DEBUG.*" "OPTIMIZATIONS" ".*_OPTIMIZATIONS" "BUILD_.*" "SIZE_.*"
  "APPLICATION_INIT_PRIORITY" "KERNEL_.*" "BOOT_BANNER" "REBOOT" "CRC" "JSON_LIBRARY" "RING_BUFFER" "SHELL_.*" "SLIP.*" "NET_SOCKETS_SERVICE.*")

# The text of a Kconfig fragment as a list of its lines.
function(zsock_firmware_lines file result)
  file(READ ${file} text)
  string(REGEX REPLACE "[\r]" "" text "${text}")
  # Characters that lists treat in their own way.
  string(REPLACE ";" "\\x3b" text "${text}")
  string(REPLACE "[" "\\x5b" text "${text}")
  string(REPLACE "]" "\\x5d" text "${text}")
  string(REPLACE "\n" ";" text "${text}")
  set(${result} "${text}" PARENT_SCOPE)
endfunction()

# zsock_firmware_kconfig(FILE RESULT): the options of an application's Kconfig file: NAME for each, and NAME=VALUE=OPTION for each default, in
# their order; OPTION is its condition, if it has one. Conditions are single options; no menus, choices, other files.
function(zsock_firmware_kconfig file result)
  zsock_firmware_lines(${file} lines)
  set(found "")
  set(name "")
  set(help -1)  # -1: no help text, 0: it begins, else its indentation
  foreach(line IN LISTS lines)
    string(REPLACE "\t" "        " line "${line}")
    string(STRIP "${line}" words)
    string(REGEX REPLACE "^( *)[^ ].*$" "\\1" indentation "${line}")
    string(LENGTH "${indentation}" indentation)
    if(words STREQUAL "" OR words MATCHES "^#")
      continue()
    elseif(help EQUAL 0)
      set(help ${indentation})
    endif()
    if(help GREATER 0 AND indentation GREATER_EQUAL help)
      continue()
    endif()
    set(help -1)
    if(words MATCHES "^(menu)?config +([A-Za-z0-9_]+)$")
      set(name CONFIG_${CMAKE_MATCH_2})
      list(APPEND found ${name})
    elseif(words MATCHES "^(help|---help---)$")
      set(help 0)
    elseif(name AND words MATCHES "^(default|def_bool|def_int|def_string|def_hex) +([yn]|-?[0-9]+|0[xX][0-9a-fA-F]+|\"[^\"]*\")( +if +([A-Za-z0-9_]+))?$")
      list(APPEND found "${name}=${CMAKE_MATCH_2}=${CMAKE_MATCH_4}")
    endif()
  endforeach()
  set(${result} "${found}" PARENT_SCOPE)
endfunction()

# zsock_autoconf(UNKNOWN VALUES HEADER KCONFIG FRAGMENTS...): writes HEADER; leaves in the variable UNKNOWN what is not known, in VALUES
# the options that are on. KCONFIG may be empty.
function(zsock_autoconf unknown_result on_result header kconfig)
  get_target_property(folders zsock::zsock INTERFACE_INCLUDE_DIRECTORIES)
  find_file(zsock_config_header zephyr/zsock_config.h PATHS ${folders} NO_CACHE NO_DEFAULT_PATH REQUIRED)
  file(STRINGS ${zsock_config_header} known REGEX "^#ifndef CONFIG_")
  string(REPLACE "#ifndef " "" known "${known}")
  list(JOIN zsock_firmware_ignored "|" ignored)
  set(names "")
  foreach(file IN LISTS ARGN)
    set(number 0)
    zsock_firmware_lines(${file} lines)
    foreach(line IN LISTS lines)
      math(EXPR number "${number} + 1")
      string(STRIP "${line}" line)
      if(line MATCHES "^# (CONFIG_[A-Za-z0-9_]+) is not set$")
        set(line "${CMAKE_MATCH_1}=n")
      endif()
      if(line STREQUAL "" OR line MATCHES "^#")
        continue()
      endif()
      if(NOT line MATCHES "^(CONFIG_[A-Za-z0-9_]+)=([yn]|-?[0-9]+|0[xX][0-9a-fA-F]+|\".*\")$")
        message(FATAL_ERROR "${file}:${number}: not a line of Kconfig (CONFIG_NAME=y, =n, =NUMBER or =\"TEXT\"): ${line}")
      endif()
      list(APPEND names ${CMAKE_MATCH_1})
      string(REPLACE "\\x3b" ";" value_of_${CMAKE_MATCH_1} "${CMAKE_MATCH_2}")
    endforeach()
  endforeach()
  set(own "")
  if(kconfig)
    set(given ${names})
    set(decided "")
    zsock_firmware_kconfig(${kconfig} defaults)
    foreach(default IN LISTS defaults)
      if(NOT default MATCHES "^([A-Za-z0-9_]+)=(.*)=([A-Za-z0-9_]*)$")
        list(APPEND own ${default})
        continue()
      endif()
      set(name ${CMAKE_MATCH_1})
      set(value "${CMAKE_MATCH_2}")
      set(condition "${CMAKE_MATCH_3}")
      if(NOT name IN_LIST given AND NOT name IN_LIST decided AND (NOT condition OR "${value_of_CONFIG_${condition}}" STREQUAL "y"))
        list(APPEND decided ${name})  # the first one whose condition holds
        list(APPEND names ${name})
        string(REPLACE "\\x3b" ";" value_of_${name} "${value}")
      endif()
    endforeach()
  endif()
  list(REMOVE_DUPLICATES names)

  set(text "/* Made by zsock_firmware() from the options of Kconfig. */\n")
  set(unknown "")
  set(on "")
  foreach(name IN LISTS names)
    set(value "${value_of_${name}}")
    if(value STREQUAL "y")
      list(APPEND on ${name})
      set(value 1)
    elseif(value STREQUAL "n" AND name IN_LIST known)
      set(value 0)  # zephyr/zsock_config.h takes it away
    endif()
    if(value STREQUAL "n")
      string(APPEND text "/* ${name} is not set */\n")
    else()
      string(APPEND text "#define ${name} ${value}\n")
    endif()
    # A choice of Kconfig that has a number as well.
    if(value STREQUAL "1" AND name MATCHES "^(CONFIG_.*_LOG_LEVEL)_(OFF|ERR|WRN|INF|DBG)$")
      set(levels OFF ERR WRN INF DBG)
      list(FIND levels ${CMAKE_MATCH_2} level)
      string(APPEND text "#define ${CMAKE_MATCH_1} ${level}\n")
    endif()
    if(NOT name IN_LIST known AND NOT name IN_LIST own AND NOT name MATCHES "^CONFIG_(${ignored})$")
      list(APPEND unknown ${name})
    endif()
  endforeach()
  string(APPEND text "#include <zephyr/zsock_config.h>\n")
  string(REPLACE "\\x5b" "[" text "${text}")
  string(REPLACE "\\x5d" "]" text "${text}")
  if(EXISTS ${header})
    file(READ ${header} before)
  endif()
  if(NOT "${text}" STREQUAL "${before}")  # sources that have not changed are not compiled again
    file(WRITE ${header} "${text}")
  endif()
  if("${value_of_CONFIG_NET_CONFIG_AUTO_INIT}" STREQUAL "n")
    list(REMOVE_ITEM on CONFIG_NET_CONFIG_SETTINGS)
  endif()
  set(${unknown_result} "${unknown}" PARENT_SCOPE)
  set(${on_result} "${on}" PARENT_SCOPE)
endfunction()

function(zsock_firmware)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "TARGET;PRJ_CONF;KCONFIG" "SOURCES;OVERLAYS")
  if(NOT arg_TARGET OR NOT arg_SOURCES OR NOT arg_PRJ_CONF OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "zsock_firmware(TARGET name SOURCES files... PRJ_CONF file [OVERLAYS files...] [KCONFIG file]) ${arg_UNPARSED_ARGUMENTS}")
  endif()
  set(files "")
  foreach(file IN LISTS arg_PRJ_CONF arg_OVERLAYS)
    get_filename_component(file ${file} ABSOLUTE)
    list(APPEND files ${file})
  endforeach()
  if(NOT arg_KCONFIG)
    list(GET files 0 kconfig)
    get_filename_component(kconfig ${kconfig} DIRECTORY)
    set(kconfig ${kconfig}/Kconfig)
    if(NOT EXISTS ${kconfig})
      set(kconfig "")
    endif()
  else()
    get_filename_component(kconfig ${arg_KCONFIG} ABSOLUTE)
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${files} ${kconfig})
  set(header ${CMAKE_CURRENT_BINARY_DIR}/zsock/${arg_TARGET}/autoconf.h)
  zsock_autoconf(unknown on ${header} "${kconfig}" ${files})
  if(unknown)
    list(JOIN unknown " " unknown)
    message(WARNING "${arg_TARGET}: options that zsock does not know, defined all the same: ${unknown}")
  endif()
  add_executable(${arg_TARGET} ${arg_SOURCES})
  if(CONFIG_NET_CONFIG_SETTINGS IN_LIST on)
    target_sources(${arg_TARGET} PRIVATE ${zsock_firmware_folder}/zsockNetConfig.c)
  endif()
  target_link_libraries(${arg_TARGET} PRIVATE zsock::firmware)
  target_compile_options(${arg_TARGET} PRIVATE "SHELL:-include \"${header}\"")
endfunction()

function(generate_inc_file_for_target target source generated)
  get_filename_component(source ${source} ABSOLUTE)
  get_filename_component(generated ${generated} ABSOLUTE BASE_DIR ${CMAKE_CURRENT_BINARY_DIR})
  add_custom_command(OUTPUT ${generated} DEPENDS ${source}
    COMMAND ${CMAKE_COMMAND} -DSOURCE=${source} -DGENERATED=${generated} "-DOPTIONS=${ARGN}" -P ${zsock_firmware_folder}/zsockInc.cmake)
  target_sources(${target} PRIVATE ${generated})
endfunction()

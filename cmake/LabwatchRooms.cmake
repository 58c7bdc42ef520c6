# A room is a folder with one subject; its target is an object library that sees only the rooms it names.

add_library(lw_settings INTERFACE)
target_compile_options(lw_settings INTERFACE
  -Wall -Wextra -Wshadow -Wundef -Wvla -fno-omit-frame-pointer
  $<$<COMPILE_LANGUAGE:C>:-Wconversion -Wstrict-prototypes -Wmissing-prototypes>
  $<$<BOOL:${LABWATCH_WERROR}>:-Werror>)
target_compile_definitions(lw_settings INTERFACE
  _GNU_SOURCE
  LW_VERSION_TEXT="${PROJECT_VERSION}"
  $<$<OR:$<BOOL:${LABWATCH_FAULTS}>,$<CONFIG:Debug>>:LW_FAULTS=1>)
if(LABWATCH_SANITIZE)
  target_compile_options(lw_settings INTERFACE -fsanitize=${LABWATCH_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(lw_settings INTERFACE -fsanitize=${LABWATCH_SANITIZE})
endif()
target_include_directories(lw_settings INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>)
# Library users get these headers through pkg-config; warnings in them are not ours.
target_link_libraries(lw_settings INTERFACE PkgConfig::GSL PkgConfig::BSON Threads::Threads)

# lw_add_room(NAME SOURCES … [SEES room…] [LIBRARIES target…])
function(lw_add_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;SEES;LIBRARIES" ${ARGN})
  add_library(lw_room_${name} OBJECT ${ROOM_SOURCES})
  target_include_directories(lw_room_${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(lw_room_${name} PUBLIC lw_settings PRIVATE ${ROOM_LIBRARIES})
  foreach(seen IN LISTS ROOM_SEES)
    target_include_directories(lw_room_${name} PUBLIC
      $<TARGET_PROPERTY:lw_room_${seen},INTERFACE_INCLUDE_DIRECTORIES>)
  endforeach()
  set_property(GLOBAL APPEND PROPERTY LW_ROOMS ${name})
  set_property(GLOBAL APPEND PROPERTY LW_ROOM_LIBRARIES ${ROOM_LIBRARIES})
endfunction()

# lw_add_module(NAME SOURCES … LIBRARIES … [INCLUDES folder…] [ALSO name…]): a type whose libraries are heavy, loaded when it is asked
# for. It is built on the public headers alone, and on models that it compiles for itself: these have no state.
function(lw_add_module name)
  cmake_parse_arguments(MODULE "" "" "SOURCES;LIBRARIES;INCLUDES;ALSO" ${ARGN})
  add_library(lw_module_${name} MODULE ${MODULE_SOURCES})
  set_target_properties(lw_module_${name} PROPERTIES
    PREFIX "" OUTPUT_NAME labwatch-${name}
    LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib/labwatch)
  set_property(GLOBAL APPEND PROPERTY LW_MODULES ${name})
  set_property(TARGET lw_module_${name} PROPERTY LW_LIBRARIES ${MODULE_LIBRARIES})
  target_include_directories(lw_module_${name} PRIVATE ${MODULE_INCLUDES})
  target_link_libraries(lw_module_${name} PRIVATE lw_settings ${MODULE_LIBRARIES})
  install(TARGETS lw_module_${name} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/labwatch)
  # A further name that the module serves is a link.
  foreach(also IN LISTS MODULE_ALSO)
    set(link ${PROJECT_BINARY_DIR}/lib/labwatch/labwatch-${also}.so)
    add_custom_command(TARGET lw_module_${name} POST_BUILD
      COMMAND ${CMAKE_COMMAND} -E create_symlink labwatch-${name}.so ${link})
    install(FILES ${link} DESTINATION ${CMAKE_INSTALL_LIBDIR}/labwatch)
  endforeach()
endfunction()

# liblabwatch.so from all rooms, and the same objects as an archive for tests of what is hidden.
function(lw_add_library)
  get_property(rooms GLOBAL PROPERTY LW_ROOMS)
  get_property(libraries GLOBAL PROPERTY LW_ROOM_LIBRARIES)
  get_property(modules GLOBAL PROPERTY LW_MODULES)
  foreach(room IN LISTS rooms)
    list(APPEND objects $<TARGET_OBJECTS:lw_room_${room}>)
    list(APPEND include_directories $<TARGET_PROPERTY:lw_room_${room},INTERFACE_INCLUDE_DIRECTORIES>)
  endforeach()
  add_library(labwatch SHARED ${objects})
  set_target_properties(labwatch PROPERTIES
    VERSION ${PROJECT_VERSION} SOVERSION 0
    LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib
    EXPORT_NAME labwatch)
  target_link_libraries(labwatch PRIVATE $<BUILD_INTERFACE:lw_settings> ${libraries} ${CMAKE_DL_LIBS} m
    PUBLIC PkgConfig::GSL PkgConfig::BSON)
  target_include_directories(labwatch PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  if(NOT LABWATCH_SANITIZE)
    target_link_options(labwatch PRIVATE -Wl,--no-undefined)
  endif()
  foreach(module IN LISTS modules)
    target_link_libraries(lw_module_${module} PRIVATE labwatch)
  endforeach()

  add_library(labwatch_internal STATIC EXCLUDE_FROM_ALL ${objects})
  target_link_libraries(labwatch_internal PUBLIC lw_settings ${libraries} ${CMAKE_DL_LIBS} m)
  target_include_directories(labwatch_internal PUBLIC ${include_directories})
endfunction()

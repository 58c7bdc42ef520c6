# The library user's path: headers, liblabwatch, pkg-config file, CMake package.
include(CMakePackageConfigHelpers)

install(TARGETS labwatch EXPORT labwatchTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/labwatch DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR})

file(RELATIVE_PATH labwatch_pc_to_prefix /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(cmake/labwatch.pc.in labwatch.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/labwatch.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

set(package_directory ${CMAKE_INSTALL_LIBDIR}/cmake/labwatch)
configure_package_config_file(cmake/labwatchConfig.cmake.in labwatchConfig.cmake INSTALL_DESTINATION ${package_directory})
write_basic_package_version_file(labwatchConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(EXPORT labwatchTargets NAMESPACE labwatch:: DESTINATION ${package_directory})
install(FILES ${PROJECT_BINARY_DIR}/labwatchConfig.cmake ${PROJECT_BINARY_DIR}/labwatchConfigVersion.cmake
  DESTINATION ${package_directory})

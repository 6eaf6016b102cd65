# The kit that `weir build` finds from where it lies: lines of "include PATH" and "library PATH", relative to the kit's
# folder. One for the build tree, one to install; the installed one has no absolute path, so it can be moved.
file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/lib/weir/kit CONTENT
"include ${PROJECT_SOURCE_DIR}/include/wdk
library $<TARGET_FILE:ksguid>
library libweirrt.a
library libkernel.so
library libcnames.so
")
set(kit_folder /${CMAKE_INSTALL_LIBDIR}/weir)
file(RELATIVE_PATH kit_include ${kit_folder} /${CMAKE_INSTALL_INCLUDEDIR}/weir/wdk)
file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/install/kit CONTENT
"include ${kit_include}
library $<TARGET_FILE_NAME:ksguid>
library libweirrt.a
library libkernel.so
library libcnames.so
")
# What runs inside a driver takes the driver's sanitizer, not ours.
foreach(target ksguid weir_runtime)
  target_compile_options(${target} PRIVATE -fno-sanitize=all)
  set_target_properties(${target} PROPERTIES WEIR_IN_DRIVER ON)
endforeach()
add_dependencies(weir weir_stubs weir_runtime)

# weir.pc finds its prefix from its own place.
file(RELATIVE_PATH pc_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(${PROJECT_SOURCE_DIR}/cmake/weir.pc.in ${PROJECT_BINARY_DIR}/install/weir.pc @ONLY)

include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/weir)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/weir-config.cmake.in
  ${PROJECT_BINARY_DIR}/install/weir-config.cmake INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/install/weir-config-version.cmake
  COMPATIBILITY SameMinorVersion)

install(FILES ${PROJECT_BINARY_DIR}/install/kit DESTINATION ${CMAKE_INSTALL_LIBDIR}/weir)
install(FILES $<TARGET_FILE:ksguid> DESTINATION ${CMAKE_INSTALL_LIBDIR}/weir)
install(FILES ${PROJECT_BINARY_DIR}/install/weir.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES ${PROJECT_BINARY_DIR}/install/weir-config.cmake
  ${PROJECT_BINARY_DIR}/install/weir-config-version.cmake DESTINATION ${package_folder})
install(DIRECTORY include/wdk/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/weir/wdk)
install(DIRECTORY include/weir/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/weir)
install(TARGETS libweir EXPORT weir-targets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT weir-targets NAMESPACE weir:: DESTINATION ${package_folder})
file(GLOB manuals CONFIGURE_DEPENDS docs/man/*.1)
install(FILES ${manuals} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)

# cmake --build BUILD --target exports: write src/exports.list anew from what the rooms define.
add_custom_target(exports COMMAND ${PROJECT_SOURCE_DIR}/tools/exports ${PROJECT_BINARY_DIR} --write
  DEPENDS $<TARGET_OBJECTS:nt> $<TARGET_OBJECTS:ks> $<TARGET_OBJECTS:bus> $<TARGET_OBJECTS:machine>
          $<TARGET_OBJECTS:graph> $<TARGET_OBJECTS:watch> $<TARGET_OBJECTS:host>)

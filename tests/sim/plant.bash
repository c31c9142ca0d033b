# For tests that plant a bug of tests/sim/policy-mutants into the client: compiles the changed file and
# links a program with it. Sourced from the project's folder; make sets the environment.

: "${BUILD:=build/release}" "${CC:=gcc}" "${PLANT_CFLAGS:?}" "${PLANT_LDFLAGS=}" "${PLANT_LIBS=}"
read -r -a plant_compile <<<"$CC $PLANT_CFLAGS"
read -r -a plant_link <<<"$CC $PLANT_LDFLAGS"
read -r -a plant_libraries <<<"$PLANT_LIBS"

# The planted object goes before the archives, so that the sound one of the same name stays out.
plant() { # plant PATCH FOLDER PROGRAM OBJECT...
    local patch=$1 folder=$2 program=$3 file
    shift 3
    rm -rf "$folder"
    mkdir -p "$folder/harness/core"
    cp -r harness/core/client "$folder/harness/core/"
    patch -d "$folder" -p1 -s -F0 --no-backup-if-mismatch <"$patch" || return
    file=$(sed -n 's,^+++ b/,,p' "$patch")
    "${plant_compile[@]}" -c -o "$folder/planted.o" "$folder/$file" || return
    "${plant_link[@]}" -o "$folder/$program" "$folder/planted.o" "$@" -Wl,--start-group \
        "$BUILD"/lib{cli,report,world,sim,core,scenario,base}.a -Wl,--end-group "${plant_libraries[@]}"
}

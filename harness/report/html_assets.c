#include "report/html_assets.h"

#include "base/check.h"

#include <openssl/evp.h>

#define BASE64_MAX 64 /* 32 bytes are 44 characters */

/* The assembler copies the files in, so that the program needs none of them at run time. */
#define EMBED(symbol, path)                                                                        \
    __asm__(".pushsection .rodata\n" #symbol "_start:\n"                                           \
            ".incbin \"" path "\"\n" #symbol "_end:\n"                                             \
            ".byte 0\n"                                                                            \
            ".popsection\n");                                                                      \
    extern const char symbol##_start[];                                                            \
    extern const char symbol##_end[]

EMBED(html_asset_style, "harness/report/html.css");
EMBED(html_asset_script, "harness/report/html.js");

const char *html_style(size_t *ret_length)
{
    *ret_length = (size_t)(html_asset_style_end - html_asset_style_start);
    return html_asset_style_start;
}

const char *html_script(size_t *ret_length)
{
    *ret_length = (size_t)(html_asset_script_end - html_asset_script_start);
    return html_asset_script_start;
}

const char *html_script_hash(struct arena *arena)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned char base64[BASE64_MAX];
    unsigned count = 0;
    size_t length;
    const char *script = html_script(&length);

    CHECK(EVP_Digest(script, length, digest, &count, EVP_sha256(), NULL) == 1);
    CHECK(count == 32);
    (void)EVP_EncodeBlock(base64, digest, (int)count);
    return arena_printf(arena, "sha256-%s", (const char *)base64);
}

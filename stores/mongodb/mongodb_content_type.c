/* The MongoDB store: what kind of content a file has, by its name, as viewers show pictures and tables by it. */
#include <string.h>
#include <strings.h>

#include "mongodb_content.h"

typedef struct content_type {
    const char *ending, *type;
} content_type;

const char *mongo_content_type(const char *name) {
    static const content_type types[] = {
        {".csv", "text/csv"},
        {".gif", "image/gif"},
        {".html", "text/html"},
        {".jpeg", "image/jpeg"},
        {".jpg", "image/jpeg"},
        {".json", "application/json"},
        {".log", "text/plain"},
        {".md", "text/markdown"},
        {".mp4", "video/mp4"},
        {".pdf", "application/pdf"},
        {".png", "image/png"},
        {".py", "text/x-python"},
        {".svg", "image/svg+xml"},
        {".tsv", "text/tab-separated-values"},
        {".txt", "text/plain"},
        {".zip", "application/zip"},
    };
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof types / sizeof types[0]; i++)
        if (strcasecmp(dot, types[i].ending) == 0)
            return types[i].type;
    return "application/octet-stream";
}

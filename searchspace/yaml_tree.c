/*
 * libyaml's own tree (yaml_parser_load) forgets places and follows no bounds, so the tree is built from its events.
 * Nothing here is recursive: what is open is a stack of LW_YAML_DEEPEST frames.
 */
#include "yaml_tree.h"

#include <string.h>

#include <yaml.h>

#include <labwatch/sys/memory.h>
#include <labwatch/sys/text.h>

#include "arena.h"
#include "yaml_names.h"
#include "yaml_source.h"
#include "yaml_text.h"

struct lw_yaml_tree {
    lw_arena arena;
    const lw_yaml_node *root;
};

/* A list or mapping that is still open; its children so far are the top of reader.pending, from first_child on. */
typedef struct open_node {
    lw_yaml_node *node;
    size_t first_child;
} open_node;

typedef struct tree_reader {
    yaml_parser_t parser;
    lw_yaml_source source;
    lw_problems *problems;
    lw_arena *arena;
    open_node open[LW_YAML_DEEPEST];
    unsigned n_open;
    lw_yaml_node **pending;
    size_t n_pending, capacity;
    lw_yaml_names anchors;
    size_t n_nodes; /* that were made */
    const lw_yaml_node *root;
    bool no_memory;
    bool stopped; /* a problem after which nothing more can be read */
} tree_reader;

static lw_place place_of(const tree_reader *reader, yaml_mark_t mark) {
    return lw_yaml_source_place(&reader->source, mark.line, mark.column);
}

#define STOP(reader, ...)                                                                                              \
    do {                                                                                                               \
        lw_problem((reader)->problems, __VA_ARGS__);                                                                   \
        (reader)->stopped = true;                                                                                      \
    } while (0)

/* ---- nodes ---- */

static lw_yaml_node *new_node(tree_reader *reader, lw_yaml_kind kind, yaml_mark_t mark, const yaml_char_t *tag) {
    if (++reader->n_nodes > LW_YAML_MOST_NODES) {
        STOP(reader, place_of(reader, mark), "the file has more than %d values", LW_YAML_MOST_NODES);
        return NULL;
    }
    lw_yaml_node *node = lw_arena_get(reader->arena, 1, sizeof *node);
    const char *tag_text = (const char *)tag;
    if (node && tag_text)
        node->tag = lw_arena_text(reader->arena, tag_text, strlen(tag_text));
    if (!node || (tag_text && !node->tag)) {
        reader->no_memory = true;
        return NULL;
    }
    node->kind = kind;
    node->place = place_of(reader, mark);
    node->n_nodes = 1;
    node->depth = 1;
    return node;
}

/* An alias expands to what it names: the bounds are on the expanded tree, or a few lines would make billions of nodes.
 */
static void count_child(tree_reader *reader, lw_yaml_node *parent, const lw_yaml_node *child, lw_place place) {
    parent->n_nodes += child->n_nodes;
    parent->n_bytes += child->n_bytes;
    if (child->depth >= parent->depth)
        parent->depth = child->depth + 1;
    if (parent->n_nodes > LW_YAML_MOST_NODES || parent->n_bytes > LW_YAML_LARGEST_FILE)
        STOP(reader, place, "with its aliases followed the file has more than %d values or 64 MiB of text",
             LW_YAML_MOST_NODES);
}

/* Adds a finished node (or the node of an alias) to what is open. */
static void add_child(tree_reader *reader, lw_yaml_node *child, lw_place place) {
    if (reader->n_open == 0) {
        reader->root = child;
        return;
    }
    if (reader->n_open + child->depth > LW_YAML_DEEPEST) {
        STOP(reader, place, "this is nested deeper than %d levels", LW_YAML_DEEPEST);
        return;
    }
    if (!lw_array_reserve(&reader->pending, &reader->capacity, reader->n_pending, sizeof *reader->pending)) {
        reader->no_memory = true;
        return;
    }
    reader->pending[reader->n_pending++] = child;
    count_child(reader, reader->open[reader->n_open - 1].node, child, place);
}

static void define_anchor(tree_reader *reader, const yaml_char_t *anchor, lw_yaml_node *node) {
    if (anchor && !lw_yaml_names_put(&reader->anchors, (const char *)anchor, strlen((const char *)anchor), node))
        reader->no_memory = true;
}

/* ---- events ---- */

/* Without escapes and line ends the text stands in front of the scalar's end, or in front of the quote there. */
static void place_content(tree_reader *reader, lw_yaml_node *node, const yaml_event_t *event) {
    yaml_scalar_style_t style = event->data.scalar.style;
    bool quoted = style == YAML_SINGLE_QUOTED_SCALAR_STYLE || style == YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    node->literal = (node->plain || quoted) &&
                    lw_yaml_source_has(&reader->source, node->text, node->length, quoted, event->end_mark);
    node->content_place = node->place;
    if (!node->literal)
        return;
    node->content_place = place_of(reader, event->end_mark);
    node->content_place.column -= quoted;
    for (size_t i = 0; i < node->length; i++)
        node->content_place.column -= ((unsigned char)node->text[i] & 0xC0) != 0x80;
}

static void on_scalar(tree_reader *reader, const yaml_event_t *event) {
    lw_yaml_node *node = new_node(reader, LW_YAML_SCALAR, event->start_mark, event->data.scalar.tag);
    if (!node)
        return;
    size_t length = event->data.scalar.length;
    const char *bytes = (const char *)event->data.scalar.value;
    if (memchr(bytes, '\0', length)) {
        lw_problem(reader->problems, node->place, "the text has \"\\0\" in it, which no parameter or command can hold");
        length = strlen(bytes);
    }
    node->text = lw_arena_text(reader->arena, bytes, length);
    if (!node->text) {
        reader->no_memory = true;
        return;
    }
    node->length = node->n_bytes = length;
    node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    place_content(reader, node, event);
    define_anchor(reader, event->data.scalar.anchor, node);
    add_child(reader, node, node->place);
}

static void on_start(tree_reader *reader, const yaml_event_t *event, lw_yaml_kind kind) {
    const yaml_char_t *tag = kind == LW_YAML_MAPPING ? event->data.mapping_start.tag : event->data.sequence_start.tag;
    const yaml_char_t *anchor =
        kind == LW_YAML_MAPPING ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
    lw_yaml_node *node = new_node(reader, kind, event->start_mark, tag);
    if (!node)
        return;
    if (reader->n_open == LW_YAML_DEEPEST) {
        STOP(reader, node->place, "this is nested deeper than %d levels", LW_YAML_DEEPEST);
        return;
    }
    define_anchor(reader, anchor, node);
    reader->open[reader->n_open++] = (open_node){node, reader->n_pending};
}

static void check_keys(tree_reader *reader, const lw_yaml_node *mapping);

static void on_end(tree_reader *reader) {
    open_node closed = reader->open[--reader->n_open];
    lw_yaml_node *node = closed.node;
    node->n_children = reader->n_pending - closed.first_child;
    lw_yaml_node **children = lw_arena_get(reader->arena, node->n_children + 1, sizeof *children);
    if (!children) {
        reader->no_memory = true;
        return;
    }
    if (node->n_children > 0)
        memcpy(children, reader->pending + closed.first_child, node->n_children * sizeof(lw_yaml_node *));
    node->children = children;
    reader->n_pending = closed.first_child;
    if (node->kind == LW_YAML_MAPPING)
        check_keys(reader, node);
    add_child(reader, node, node->place);
}

static bool is_open(const tree_reader *reader, const lw_yaml_node *node) {
    for (unsigned i = 0; i < reader->n_open; i++)
        if (reader->open[i].node == node)
            return true;
    return false;
}

static void on_alias(tree_reader *reader, const yaml_event_t *event) {
    const char *name = (const char *)event->data.alias.anchor;
    lw_place place = place_of(reader, event->start_mark);
    lw_yaml_node *node = lw_yaml_names_get(&reader->anchors, name, strlen(name));
    if (!node)
        STOP(reader, place, "the alias *%s names nothing; an anchor &%s must stand before it", LW_SHOW(name),
             LW_SHOW(name));
    else if (is_open(reader, node))
        STOP(reader, place, "the alias *%s stands inside of what it names", LW_SHOW(name));
    else
        add_child(reader, node, place);
}

/* ---- keys ---- */

static bool is_merge_key(const lw_yaml_node *key) {
    return key->plain && strcmp(key->text, "<<") == 0;
}

/* Tells what is wrong with a key by itself; false if nothing is. */
static bool tell_bad_key(tree_reader *reader, const lw_yaml_node *key) {
    if (key->kind != LW_YAML_SCALAR)
        lw_problem(reader->problems, key->place, "%s cannot be a key; a key is a word", lw_yaml_kind_text(key));
    else if (is_merge_key(key))
        lw_problem(reader->problems, key->place, "'<<' (merge) is not part of YAML 1.2; write the keys out");
    else
        return false;
    return true;
}

static void check_key(tree_reader *reader, lw_yaml_names *seen, lw_yaml_node *key) {
    if (tell_bad_key(reader, key)) {
        key->unusable = true;
        return;
    }
    const lw_yaml_node *first = lw_yaml_names_get(seen, key->text, key->length);
    if (first) {
        lw_problem(reader->problems, key->place, "the key '%s' is given twice, in lines %zu and %zu; keep one of them",
                   LW_SHOW(key->text), first->place.line, key->place.line);
        key->unusable = true;
    } else if (!lw_yaml_names_put(seen, key->text, key->length, key)) {
        reader->no_memory = true;
    }
}

static void check_keys(tree_reader *reader, const lw_yaml_node *mapping) {
    lw_yaml_names seen = {0};
    for (size_t i = 0; i < mapping->n_children && !reader->no_memory; i += 2)
        check_key(reader, &seen, mapping->children[i]);
    lw_yaml_names_release(&seen);
}

/* ---- the whole ---- */

static void on_document(tree_reader *reader, const yaml_event_t *event) {
    if (reader->root)
        STOP(reader, place_of(reader, event->start_mark), "a second document begins in line %zu; a file has one",
             event->start_mark.line + 1);
}

static void on_event(tree_reader *reader, const yaml_event_t *event) {
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        on_document(reader, event);
        break;
    case YAML_SCALAR_EVENT:
        on_scalar(reader, event);
        break;
    case YAML_SEQUENCE_START_EVENT:
        on_start(reader, event, LW_YAML_SEQUENCE);
        break;
    case YAML_MAPPING_START_EVENT:
        on_start(reader, event, LW_YAML_MAPPING);
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        on_end(reader);
        break;
    case YAML_ALIAS_EVENT:
        on_alias(reader, event);
        break;
    default:
        break;
    }
}

static void read_events(tree_reader *reader) {
    for (bool more = true; more && !reader->stopped && !reader->no_memory;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&reader->parser, &event)) {
            lw_yaml_text_explain(&reader->parser, &reader->source, reader->problems);
            reader->stopped = true;
            return;
        }
        more = event.type != YAML_STREAM_END_EVENT;
        on_event(reader, &event);
        yaml_event_delete(&event);
    }
}

static void skip_byte_order_mark(const char **text, size_t *length) {
    if (*length < 3 || memcmp(*text, "\xEF\xBB\xBF", 3) != 0)
        return;
    *text += 3;
    *length -= 3;
}

static bool is_nothing(const lw_yaml_node *root) {
    return !root || (root->kind == LW_YAML_SCALAR && root->plain && root->length == 0);
}

static void read_document(tree_reader *reader, const char *text, size_t length) {
    if (!lw_yaml_source_init(&reader->source, text, length) || !yaml_parser_initialize(&reader->parser)) {
        reader->no_memory = true;
        return;
    }
    yaml_parser_set_encoding(&reader->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader->parser, (const unsigned char *)reader->source.text, reader->source.length);
    read_events(reader);
    yaml_parser_delete(&reader->parser);
    if (!reader->stopped && !reader->no_memory && is_nothing(reader->root))
        STOP(reader, (lw_place){0}, "the file is empty; it needs at least an experiment name and a space");
}

int lw_yaml_tree_read(lw_yaml_tree **out, const char *text, size_t length, lw_problems *problems) {
    *out = NULL;
    size_t errors = problems->n_errors;
    if (length > 0)
        skip_byte_order_mark(&text, &length);
    if (!lw_yaml_text_check(text, length, problems))
        return LW_EPARSE;
    lw_yaml_tree *tree = lw_calloc(1, sizeof *tree);
    tree_reader *reader = lw_calloc(1, sizeof *reader);
    if (tree && reader) {
        reader->problems = problems;
        reader->arena = &tree->arena;
        read_document(reader, text, length);
    }
    bool no_memory = !tree || !reader || reader->no_memory || problems->no_memory;
    bool usable = !no_memory && !reader->stopped;
    if (usable)
        tree->root = reader->root;
    if (reader) {
        lw_free(reader->pending);
        lw_yaml_names_release(&reader->anchors);
        lw_yaml_source_release(&reader->source);
    }
    lw_free(reader);
    if (usable)
        *out = tree;
    else
        lw_yaml_tree_free(tree);
    return no_memory ? LW_ENOMEM : problems->n_errors > errors ? LW_EPARSE : LW_OK;
}

void lw_yaml_tree_free(lw_yaml_tree *tree) {
    if (!tree)
        return;
    lw_arena_release(&tree->arena);
    lw_free(tree);
}

const lw_yaml_node *lw_yaml_tree_root(const lw_yaml_tree *tree) {
    return tree->root;
}

size_t lw_yaml_n_pairs(const lw_yaml_node *mapping) {
    return mapping->n_children / 2;
}

const lw_yaml_node *lw_yaml_key(const lw_yaml_node *mapping, size_t i) {
    return mapping->children[2 * i];
}

const lw_yaml_node *lw_yaml_value(const lw_yaml_node *mapping, size_t i) {
    return mapping->children[2 * i + 1];
}

const lw_yaml_node *lw_yaml_get(const lw_yaml_node *mapping, const char *key) {
    if (mapping->kind != LW_YAML_MAPPING)
        return NULL;
    for (size_t i = 0; i < lw_yaml_n_pairs(mapping); i++) {
        const lw_yaml_node *node = lw_yaml_key(mapping, i);
        if (node->kind == LW_YAML_SCALAR && !node->unusable && strcmp(node->text, key) == 0)
            return lw_yaml_value(mapping, i);
    }
    return NULL;
}

const char *lw_yaml_kind_text(const lw_yaml_node *node) {
    switch (node->kind) {
    case LW_YAML_SEQUENCE:
        return "a list";
    case LW_YAML_MAPPING:
        return "a mapping";
    default:
        return "a single value";
    }
}

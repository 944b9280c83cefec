#include "dialect.h"

#include <string.h>

#include "fail.h"

static const struct dialect *const ALL[] = {
    &alonechat_dialect, &broadcast_dialect, &chatnode_dialect, &http_dialect, &lines_dialect,
    &mqtt_dialect,      &native_dialect,    &nats_dialect,     &original_dialect,
    &socketio_dialect,
};

const struct dialect *dialect_named(const char *name) {
    for (size_t i = 0; i < sizeof ALL / sizeof *ALL; i++) {
        if (strcmp(ALL[i]->name, name) == 0) return ALL[i];
    }
    fail("there is no dialect %s", name);
}

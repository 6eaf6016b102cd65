/* Bounded strings, once for each character type; included by strsafe.c with:
 *   CHARACTER, NAME(verb) for internals, FORMAT(...) the formatter. Sizes are in characters here.
 * Undocumented: on a bad size nothing is written. */

static size_t NAME(length)(const CHARACTER *text, size_t count_max)
{
    size_t length = 0;
    while (length < count_max && text[length])
        length++;
    return length;
}

/* What a call leaves behind, by its flags. */
static NTSTATUS NAME(finish)(CHARACTER *to, size_t count, size_t used, NTSTATUS status, ULONG flags,
                             CHARACTER **end, size_t *left)
{
    UCHAR fill = (UCHAR)flags;
    if (!NT_SUCCESS(status) && count &&
        flags & (STRSAFE_FILL_ON_FAILURE | STRSAFE_NULL_ON_FAILURE | STRSAFE_NO_TRUNCATION)) {
        used = 0;
        if (flags & STRSAFE_FILL_ON_FAILURE) {
            __builtin_memset(to, fill, count * sizeof(CHARACTER));
            used = fill ? count - 1 : 0;
            to[count - 1] = 0;
        }
        if (flags & (STRSAFE_NULL_ON_FAILURE | STRSAFE_NO_TRUNCATION)) {
            to[0] = 0;
            used = 0;
        }
    } else if (NT_SUCCESS(status) && flags & STRSAFE_FILL_BEHIND_NULL && used + 1 < count) {
        __builtin_memset(to + used + 1, fill, (count - used - 1) * sizeof(CHARACTER));
    }
    if (end)
        *end = to ? to + used : NULL;
    if (left)
        *left = count - used;
    return status;
}

static NTSTATUS NAME(copy)(CHARACTER *to, size_t count, size_t at, const CHARACTER *from,
                           size_t from_max, CHARACTER **end, size_t *left, ULONG flags)
{
    static const CHARACTER none[1];
    if (count == 0 || count > NTSTRSAFE_MAX_CCH || from_max > NTSTRSAFE_MAX_CCH)
        return STATUS_INVALID_PARAMETER;
    if (!from && flags & STRSAFE_IGNORE_NULLS)
        from = none;
    size_t i = at;
    size_t taken = 0;
    for (; i + 1 < count && taken < from_max && from[taken]; taken++)
        to[i++] = from[taken];
    bool cut = taken < from_max && from[taken];
    to[i] = 0;
    return NAME(finish)(to, count, i, cut ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS, flags, end,
                        left);
}

static NTSTATUS NAME(append)(CHARACTER *to, size_t count, const CHARACTER *from, size_t from_max,
                             CHARACTER **end, size_t *left, ULONG flags)
{
    if (count == 0 || count > NTSTRSAFE_MAX_CCH)
        return STATUS_INVALID_PARAMETER;
    size_t at = NAME(length)(to, count);
    if (at == count)
        return STATUS_INVALID_PARAMETER;
    return NAME(copy)(to, count, at, from, from_max, end, left, flags);
}

static NTSTATUS NAME(print)(CHARACTER *to, size_t count, CHARACTER **end, size_t *left, ULONG flags,
                            const CHARACTER *format, va_list list)
{
    static const CHARACTER none[1];
    if (count == 0 || count > NTSTRSAFE_MAX_CCH)
        return STATUS_INVALID_PARAMETER;
    if (!format && flags & STRSAFE_IGNORE_NULLS)
        format = none;
    size_t need = FORMAT(to, count, format, list);
    bool cut = need >= count;
    return NAME(finish)(to, count, cut ? count - 1 : need,
                        cut ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS, flags, end, left);
}

static NTSTATUS NAME(measure)(const CHARACTER *text, size_t count_max, size_t *length)
{
    size_t found = text && count_max <= NTSTRSAFE_MAX_CCH ? NAME(length)(text, count_max) : 0;
    bool good = text && count_max && count_max <= NTSTRSAFE_MAX_CCH && found < count_max;
    if (length)
        *length = good ? found : 0;
    return good ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

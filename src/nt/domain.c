/* Domains: the pages that one bus master may touch, as an IOMMU keeps them.
 * Lock: each domain's own, a leaf.
 * Interface: a page that is mapped n times is there until it is unmapped n times.
 * Invariant: pages == the counts of all pages together. */
#include "nt/io.h"

enum { DOMAIN_BUCKETS = 1024 };

struct domain_page {
    struct domain_page *next;
    uint64_t number, count;
};
struct hal_domain {
    struct host_lock lock;
    uint64_t pages;
    struct domain_page *buckets[DOMAIN_BUCKETS];
    struct domain_page *spare; /* of pages that were mapped once: no allocation for each frame */
};

struct hal_domain *hal_domain_create(void)
{
    return nt_allocate(sizeof(struct hal_domain));
}

static struct domain_page **domain_find(struct hal_domain *domain, uint64_t number)
{
    struct domain_page **at = &domain->buckets[number % DOMAIN_BUCKETS];
    while (*at && (*at)->number != number)
        at = &(*at)->next;
    return at;
}

/* Lock held. */
static void enter_locked(struct hal_domain *domain, uint64_t number, struct domain_page **fresh)
{
    struct domain_page **at = domain_find(domain, number);
    if (!*at && *fresh) {
        **fresh = (struct domain_page){.number = number};
        *at = *fresh;
        *fresh = NULL;
    }
    if (*at) {
        (*at)->count++;
        domain->pages++;
    }
}

static bool page_map(struct hal_domain *domain, uint64_t number)
{
    struct domain_page *fresh = NULL;
    host_lock_acquire(&domain->lock);
    if (!*domain_find(domain, number) && domain->spare) {
        fresh = domain->spare;
        domain->spare = fresh->next;
    }
    uint64_t before = domain->pages;
    enter_locked(domain, number, &fresh);
    bool mapped = domain->pages > before;
    host_lock_release(&domain->lock);
    if (mapped)
        return true;
    fresh = nt_allocate(sizeof *fresh);
    if (!fresh)
        return false;
    host_lock_acquire(&domain->lock);
    enter_locked(domain, number, &fresh);
    if (fresh) { /* another thread has mapped it meanwhile */
        fresh->next = domain->spare;
        domain->spare = fresh;
    }
    host_lock_release(&domain->lock);
    return true;
}

static void page_unmap(struct hal_domain *domain, uint64_t number)
{
    host_lock_acquire(&domain->lock);
    struct domain_page **at = domain_find(domain, number), *page = *at;
    if (page) {
        domain->pages--;
        if (--page->count == 0) {
            *at = page->next;
            page->next = domain->spare;
            domain->spare = page;
        }
    }
    host_lock_release(&domain->lock);
}

bool hal_domain_map(struct hal_domain *domain, uint64_t physical, size_t bytes)
{
    uint64_t first = physical >> HAL_PAGE_SHIFT, last = (physical + bytes - 1) >> HAL_PAGE_SHIFT;
    for (uint64_t at = first; bytes && at <= last; at++) {
        if (page_map(domain, at))
            continue;
        while (at-- > first)
            page_unmap(domain, at);
        return false;
    }
    return true;
}

void hal_domain_unmap(struct hal_domain *domain, uint64_t physical, size_t bytes)
{
    uint64_t last = (physical + bytes - 1) >> HAL_PAGE_SHIFT;
    for (uint64_t at = physical >> HAL_PAGE_SHIFT; bytes && at <= last; at++)
        page_unmap(domain, at);
}

bool hal_domain_allows(struct hal_domain *domain, uint64_t physical, size_t bytes)
{
    bool allowed = true;
    uint64_t last = (physical + bytes - 1) >> HAL_PAGE_SHIFT;
    host_lock_acquire(&domain->lock);
    for (uint64_t at = physical >> HAL_PAGE_SHIFT; bytes && at <= last && allowed; at++)
        allowed = *domain_find(domain, at) != NULL;
    host_lock_release(&domain->lock);
    return allowed;
}

uint64_t hal_domain_pages(struct hal_domain *domain)
{
    host_lock_acquire(&domain->lock);
    uint64_t pages = domain->pages;
    host_lock_release(&domain->lock);
    return pages;
}

static void free_all(struct domain_page *page)
{
    while (page) {
        struct domain_page *next = page->next;
        nt_free(page);
        page = next;
    }
}

void hal_domain_destroy(struct hal_domain *domain)
{
    for (unsigned i = 0; i < DOMAIN_BUCKETS; i++)
        free_all(domain->buckets[i]);
    free_all(domain->spare);
    nt_free(domain);
}

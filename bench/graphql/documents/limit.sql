-- The five answers, each by one statement. $1 is the tenant.

-- Q1
SELECT json_build_object('data', json_build_object('customer', (
    SELECT json_build_object('id', c.id, 'name', c.name, 'phone', c.phone,
        'tier', (SELECT json_build_object('id', t.id, 'name', t.name) FROM tier t WHERE t.tenant_id = $1 AND t.id = c.tier_id))
    FROM customer c WHERE c.tenant_id = $1 AND c.id = $2)))

-- Q2
SELECT json_build_object('data', json_build_object('customers', json_build_object('edges', (
    SELECT json_agg(json_build_object('node', n.node)) FROM (
    SELECT json_build_object('id', c.id, 'name', c.name,
        'tier', (SELECT json_build_object('name', t.name) FROM tier t WHERE t.tenant_id = $1 AND t.id = c.tier_id),
        'purchases', json_build_object('edges', (
            SELECT json_agg(json_build_object('node', json_build_object(
                'id', p.id, 'paidAt', to_char(p.paid_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                'amount', json_build_object('amount', p.amount_micros, 'currency', p.amount_currency))))
            FROM (SELECT p.* FROM purchase p WHERE p.tenant_id = $1 AND p.customer_id = c.id AND p.deleted_at IS NULL
                  ORDER BY p.paid_at DESC NULLS FIRST, p.id DESC LIMIT 5) p))) AS node
    FROM customer c WHERE c.tenant_id = $1 AND c.deleted_at IS NULL ORDER BY c.id LIMIT 50) n))))

-- Q3
SELECT json_build_object('data', json_build_object('customers', json_build_object(
    'totalCount', (SELECT count(*) FROM customer c WHERE c.tenant_id = $1 AND c.parent_id = $2 AND c.deleted_at IS NULL),
    'edges', (SELECT json_agg(json_build_object('node', n.node)) FROM (
        SELECT json_build_object('id', c.id, 'name', c.name, 'city', c.city,
            'groups', json_build_object('edges', (
                SELECT json_agg(json_build_object('node', json_build_object('name', g.name)))
                FROM (SELECT g.name FROM membership m
                JOIN customer_group g ON g.tenant_id = m.tenant_id AND g.id = m.group_id
                WHERE m.tenant_id = $1 AND m.customer_id = c.id AND m.deleted_at IS NULL AND g.deleted_at IS NULL
                ORDER BY g.id LIMIT 10) g)),
            'feedbacks', json_build_object('totalCount', (SELECT count(*) FROM feedback f
                WHERE f.tenant_id = $1 AND f.customer_id = c.id AND f.deleted_at IS NULL))) AS node
        FROM customer c WHERE c.tenant_id = $1 AND c.parent_id = $2 AND c.deleted_at IS NULL
        ORDER BY c.name COLLATE "C", c.id LIMIT 100) n))))

-- Q4
SELECT json_build_object('data', json_build_object('groups', json_build_object('edges', (
    SELECT json_agg(json_build_object('node', n.node)) FROM (
    SELECT json_build_object('id', g.id, 'name', g.name, 'customers', json_build_object('edges', (
        SELECT json_agg(json_build_object('node', json_build_object('id', c.id, 'name', c.name,
            'tier', (SELECT json_build_object('name', t.name) FROM tier t WHERE t.tenant_id = $1 AND t.id = c.tier_id))))
        FROM (SELECT c.id, c.name, c.tier_id FROM membership m JOIN customer c ON c.tenant_id = m.tenant_id AND c.id = m.customer_id
              WHERE m.tenant_id = $1 AND m.group_id = g.id AND m.deleted_at IS NULL AND c.deleted_at IS NULL
              ORDER BY m.customer_id LIMIT 20) c))) AS node
    FROM customer_group g WHERE g.tenant_id = $1 AND g.deleted_at IS NULL ORDER BY g.id LIMIT 20) n))))

-- Q5
SELECT json_build_object('data', json_build_object('customers', json_build_object('edges', (
    SELECT json_agg(json_build_object('node', n)) FROM (
    SELECT c.id, c.name, c.type, c.phone, c.email, c.city, c.country, c.source, c.gender, c.currency,
        to_char(c.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS "createdAt", to_char(c.updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS "updatedAt"
    FROM customer c WHERE c.tenant_id = $1 AND c.deleted_at IS NULL ORDER BY c.id LIMIT 1000) n))))

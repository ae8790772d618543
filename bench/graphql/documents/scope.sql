-- Each tenant sees its own rows, as PostGraphile's makers recommend it: by policies, and a setting of each request.
DO $$
DECLARE named regclass;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'visitor') THEN
        CREATE ROLE visitor;
    END IF;
    GRANT USAGE ON SCHEMA public TO visitor;
    GRANT SELECT ON ALL TABLES IN SCHEMA public TO visitor;
    FOR named IN SELECT attrelid FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE attname = 'tenant_id' AND relkind = 'r' AND relnamespace = 'public'::regnamespace
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', named);
        EXECUTE format('CREATE POLICY own ON %s TO visitor
            USING (tenant_id = (SELECT current_setting(''bench.tenant'')::uuid))', named);
    END LOOP;
END $$

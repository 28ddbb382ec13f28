-- The answers of manifest.json, asked of the tables themselves: a row for each number, with its path
-- in the manifest. DuckDB and PostgreSQL both run it. :time_zone is the manifest's.
WITH
devices AS (
  SELECT device_type,
         count(*) FILTER (WHERE event_type = 'session_start') AS sessions,
         count(*) FILTER (WHERE event_type = 'purchase') AS purchases
  FROM events WHERE device_type IS NOT NULL GROUP BY device_type
),
answers(path, value) AS (
  SELECT 'events.total', CAST(count(*) AS DOUBLE PRECISION) FROM events
  UNION ALL SELECT 'events.by_type.' || event_type, count(*) FROM events GROUP BY event_type
  UNION ALL SELECT 'events.by_channel.' || channel, count(*) FROM events GROUP BY channel
  UNION ALL SELECT 'events.by_day.' || CAST(local_day AS VARCHAR), count(*)
    FROM (SELECT CAST(event_time AT TIME ZONE ':time_zone' AS DATE) AS local_day FROM events) AS days
    GROUP BY local_day
  UNION ALL SELECT 'events.by_type_and_device.' || event_type || '.' || device_type, count(*)
    FROM events WHERE device_type IS NOT NULL GROUP BY event_type, device_type

  UNION ALL SELECT 'orders.total', count(*) FROM orders
  UNION ALL SELECT 'orders.subtotal', sum(subtotal) FROM orders
  UNION ALL SELECT 'orders.discount', sum(discount) FROM orders
  UNION ALL SELECT 'orders.shipping', sum(shipping) FROM orders
  UNION ALL SELECT 'orders.tax', sum(tax) FROM orders
  UNION ALL SELECT 'orders.revenue', sum(total) FROM orders
  UNION ALL SELECT 'orders.by_touchpoint.' || touchpoint || '.orders', count(*)
    FROM orders GROUP BY touchpoint
  UNION ALL SELECT 'orders.by_touchpoint.' || touchpoint || '.revenue', sum(total)
    FROM orders GROUP BY touchpoint
  UNION ALL SELECT 'orders.by_fulfilment.' || fulfilment || '.orders', count(*)
    FROM orders GROUP BY fulfilment
  UNION ALL SELECT 'orders.by_fulfilment.' || fulfilment || '.revenue', sum(total)
    FROM orders GROUP BY fulfilment

  UNION ALL SELECT 'carts.total', count(*) FROM carts
  UNION ALL SELECT 'carts.by_status.' || status, count(*) FROM carts GROUP BY status
  UNION ALL SELECT 'carts.by_reason.' || reason, count(*)
    FROM carts WHERE reason IS NOT NULL GROUP BY reason

  UNION ALL SELECT 'customers.total', count(*) FROM customers
  UNION ALL SELECT 'customers.by_identified_by.' || identified_by, count(*) FROM customers GROUP BY identified_by

  UNION ALL SELECT 'journeys.total', count(*) FROM truth_journeys
  UNION ALL SELECT 'journeys.by_outcome.' || outcome, count(*) FROM truth_journeys GROUP BY outcome
  UNION ALL SELECT 'journeys.by_pattern.' || pattern, count(*)
    FROM truth_journeys WHERE pattern IS NOT NULL GROUP BY pattern

  UNION ALL SELECT 'kpis.sessions', count(*) FROM events WHERE event_type = 'session_start'
  UNION ALL SELECT 'kpis.conversion', round(1.0 * sum(purchases) / sum(sessions), 6) FROM devices
  UNION ALL SELECT 'kpis.conversion_' || device_type, round(1.0 * purchases / sessions, 6)
    FROM devices WHERE sessions > 0
  UNION ALL SELECT 'kpis.average_order_value', round(sum(total) / count(*), 2) FROM orders
  UNION ALL SELECT 'kpis.cart_abandonment',
    round(1.0 * count(*) FILTER (WHERE status = 'abandoned') / count(*), 6) FROM carts
)
SELECT path, value FROM answers WHERE value <> 0 ORDER BY path

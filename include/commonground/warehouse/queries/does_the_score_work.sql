-- How many of those we would have called now did transact within 90 days?
SELECT evaluated_on, band, contact_count, transacted_count, transaction_rate, base_rate, lift FROM backtest ORDER BY evaluated_on DESC, band

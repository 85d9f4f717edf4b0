SELECT * FROM audit_rows

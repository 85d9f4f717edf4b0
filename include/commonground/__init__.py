"""Common Ground: who is who, what we share, who would vouch, and who needs an agent. Imports no Airflow anywhere."""

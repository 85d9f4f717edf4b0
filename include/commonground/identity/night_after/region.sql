-- The records to work out: the new ones, and all of the clusters that are opened anew or met.
SELECT id FROM arrived
UNION
SELECT id FROM unchanged WHERE cluster IN (SELECT cluster FROM reopened UNION SELECT cluster FROM met)

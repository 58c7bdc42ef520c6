BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('v3.2.0.a');
CREATE TABLE studies (
	study_id INTEGER NOT NULL, 
	study_name VARCHAR(512) NOT NULL, 
	PRIMARY KEY (study_id)
);
INSERT INTO "studies" VALUES(1,'svm');
INSERT INTO "studies" VALUES(2,'two');
CREATE TABLE study_directions (
	study_direction_id INTEGER NOT NULL, 
	direction VARCHAR(8) NOT NULL, 
	study_id INTEGER NOT NULL, 
	objective INTEGER NOT NULL, 
	PRIMARY KEY (study_direction_id), 
	UNIQUE (study_id, objective), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "study_directions" VALUES(1,'MAXIMIZE',1,0);
INSERT INTO "study_directions" VALUES(2,'MINIMIZE',2,0);
INSERT INTO "study_directions" VALUES(3,'MAXIMIZE',2,1);
CREATE TABLE study_system_attributes (
	study_system_attribute_id INTEGER NOT NULL, 
	study_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (study_system_attribute_id), 
	UNIQUE (study_id, "key"), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
CREATE TABLE study_user_attributes (
	study_user_attribute_id INTEGER NOT NULL, 
	study_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (study_user_attribute_id), 
	UNIQUE (study_id, "key"), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
CREATE TABLE trial_heartbeats (
	trial_heartbeat_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	heartbeat DATETIME NOT NULL, 
	PRIMARY KEY (trial_heartbeat_id), 
	UNIQUE (trial_id), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE trial_intermediate_values (
	trial_intermediate_value_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	step INTEGER NOT NULL, 
	intermediate_value FLOAT, 
	intermediate_value_type VARCHAR(7) NOT NULL, 
	PRIMARY KEY (trial_intermediate_value_id), 
	UNIQUE (trial_id, step), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_intermediate_values" VALUES(1,1,1,0.0651621545821569,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(2,1,2,3.25810772910784529621e-02,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(3,2,1,1.70962320528703459743e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(4,2,2,8.54811602643517298716e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(5,3,1,1.45990823788766529121e-03,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(6,3,2,7.29954118943832645609e-04,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(7,4,1,1.5438636235829037227e-02,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(8,4,2,7.71931811791451861354e-03,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(9,5,1,2.3315244870014080903e+02,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(10,5,2,1.16576224350070404515e+02,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(11,6,1,3.89117715021383443058e-03,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(12,6,2,1.94558857510691721529e-03,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(13,7,1,7.81796615596856564467e-02,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(14,7,2,3.90898307798428282233e-02,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(15,8,1,8.57366545763548060666e+02,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(16,8,2,4.28683272881774030333e+02,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(17,9,1,0.486811867653804,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(18,9,2,0.243405933826902,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(19,10,1,1.18307750735170227331e+01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(20,10,2,5.91538753675851136648e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(21,11,1,2.78423336113468034014e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(22,11,2,1.39211668056734017007e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(23,12,1,1.46690147871216023389e+01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(24,12,2,7.33450739356080116948e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(25,13,1,1.22838547457003732787e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(26,13,2,6.14192737285018663939e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(27,14,1,6.84948759562321700389e-03,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(28,14,2,3.42474379781160850194e-03,'FINITE');
CREATE TABLE trial_params (
	param_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	param_name VARCHAR(512), 
	param_value FLOAT, 
	distribution_json TEXT, 
	PRIMARY KEY (param_id), 
	UNIQUE (trial_id, param_name), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_params" VALUES(1,1,'kernel',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["linear", "rbf", null]}}');
INSERT INTO "trial_params" VALUES(2,1,'svm.C',0.0651621545821569,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1000.0, "log": true}}');
INSERT INTO "trial_params" VALUES(3,1,'n',2.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 2, "high": 10}}');
INSERT INTO "trial_params" VALUES(4,1,'gamma',0.0,'{"name": "FloatDistribution", "attributes": {"step": 0.25, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(5,2,'kernel',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["linear", "rbf", null]}}');
INSERT INTO "trial_params" VALUES(6,2,'svm.C',1.70962320528703459743e+00,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1000.0, "log": true}}');
INSERT INTO "trial_params" VALUES(7,2,'n',6.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 2, "high": 10}}');
INSERT INTO "trial_params" VALUES(8,3,'kernel',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["linear", "rbf", null]}}');
INSERT INTO "trial_params" VALUES(9,3,'svm.C',1.45990823788766529121e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1000.0, "log": true}}');
INSERT INTO "trial_params" VALUES(10,3,'n',8.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 2, "high": 10}}');
INSERT INTO "trial_params" VALUES(11,4,'kernel',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["linear", "rbf", null]}}');
INSERT INTO "trial_params" VALUES(12,4,'svm.C',1.5438636235829037227e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1000.0, "log": true}}');
INSERT INTO "trial_params" VALUES(13,4,'n',10.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 2, "high": 10}}');
INSERT INTO "trial_params" VALUES(14,4,'gamma',1.0,'{"name": "FloatDistribution", "attributes": {"step": 0.25, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(15,5,'kernel',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["linear", "rbf", null]}}');
INSERT INTO "trial_params" VALUES(16,5,'svm.C',2.3315244870014080903e+02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1000.0, "log": true}}');
INSERT INTO "trial_params" VALUES(17,5,'n',2.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 2, "high": 10}}');
INSERT INTO "trial_params" VALUES(18,6,'kernel',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["linear", "rbf", null]}}');
INSERT INTO "trial_params" VALUES(19,6,'svm.C',3.89117715021383443058e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1000.0, "log": true}}');
INSERT INTO "trial_params" VALUES(20,6,'n',6.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 2, "high": 10}}');
INSERT INTO "trial_params" VALUES(21,7,'kernel',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["linear", "rbf", null]}}');
INSERT INTO "trial_params" VALUES(22,7,'svm.C',7.81796615596856564467e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1000.0, "log": true}}');
INSERT INTO "trial_params" VALUES(23,7,'n',8.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 2, "high": 10}}');
INSERT INTO "trial_params" VALUES(24,8,'kernel',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["linear", "rbf", null]}}');
INSERT INTO "trial_params" VALUES(25,8,'svm.C',8.57366545763548060666e+02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1000.0, "log": true}}');
INSERT INTO "trial_params" VALUES(26,8,'n',8.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 2, "high": 10}}');
INSERT INTO "trial_params" VALUES(27,9,'kernel',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["linear", "rbf", null]}}');
INSERT INTO "trial_params" VALUES(28,9,'svm.C',0.486811867653804,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1000.0, "log": true}}');
INSERT INTO "trial_params" VALUES(29,9,'n',10.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 2, "high": 10}}');
INSERT INTO "trial_params" VALUES(30,9,'gamma',0.25,'{"name": "FloatDistribution", "attributes": {"step": 0.25, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(31,10,'kernel',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["linear", "rbf", null]}}');
INSERT INTO "trial_params" VALUES(32,10,'svm.C',1.18307750735170227331e+01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1000.0, "log": true}}');
INSERT INTO "trial_params" VALUES(33,10,'n',4.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 2, "high": 10}}');
INSERT INTO "trial_params" VALUES(34,11,'kernel',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["linear", "rbf", null]}}');
INSERT INTO "trial_params" VALUES(35,11,'svm.C',2.78423336113468034014e+00,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1000.0, "log": true}}');
INSERT INTO "trial_params" VALUES(36,11,'n',2.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 2, "high": 10}}');
INSERT INTO "trial_params" VALUES(37,11,'gamma',0.5,'{"name": "FloatDistribution", "attributes": {"step": 0.25, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(38,12,'kernel',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["linear", "rbf", null]}}');
INSERT INTO "trial_params" VALUES(39,12,'svm.C',1.46690147871216023389e+01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1000.0, "log": true}}');
INSERT INTO "trial_params" VALUES(40,12,'n',6.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 2, "high": 10}}');
INSERT INTO "trial_params" VALUES(41,13,'kernel',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["linear", "rbf", null]}}');
INSERT INTO "trial_params" VALUES(42,13,'svm.C',1.22838547457003732787e+00,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1000.0, "log": true}}');
INSERT INTO "trial_params" VALUES(43,13,'n',10.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 2, "high": 10}}');
INSERT INTO "trial_params" VALUES(44,14,'kernel',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["linear", "rbf", null]}}');
INSERT INTO "trial_params" VALUES(45,14,'svm.C',6.84948759562321700389e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1000.0, "log": true}}');
INSERT INTO "trial_params" VALUES(46,14,'n',10.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 2, "high": 10}}');
INSERT INTO "trial_params" VALUES(47,14,'gamma',0.25,'{"name": "FloatDistribution", "attributes": {"step": 0.25, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(48,15,'svm.C',9.82030966587845409454e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1000.0, "log": true}}');
INSERT INTO "trial_params" VALUES(49,17,'x',9.27508580396033899262e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(50,18,'x',3.47765859745506555888e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
CREATE TABLE trial_system_attributes (
	trial_system_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (trial_system_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_system_attributes" VALUES(1,16,'fixed_params','{"n": 4}');
CREATE TABLE trial_user_attributes (
	trial_user_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (trial_user_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_user_attributes" VALUES(1,1,'seconds','0.5');
INSERT INTO "trial_user_attributes" VALUES(2,2,'seconds','0.5');
INSERT INTO "trial_user_attributes" VALUES(3,3,'seconds','0.5');
INSERT INTO "trial_user_attributes" VALUES(4,4,'seconds','0.5');
INSERT INTO "trial_user_attributes" VALUES(5,5,'seconds','0.5');
INSERT INTO "trial_user_attributes" VALUES(6,6,'seconds','0.5');
INSERT INTO "trial_user_attributes" VALUES(7,7,'seconds','0.5');
INSERT INTO "trial_user_attributes" VALUES(8,8,'seconds','0.5');
INSERT INTO "trial_user_attributes" VALUES(9,9,'seconds','0.5');
INSERT INTO "trial_user_attributes" VALUES(10,10,'seconds','0.5');
INSERT INTO "trial_user_attributes" VALUES(11,11,'seconds','0.5');
INSERT INTO "trial_user_attributes" VALUES(12,12,'seconds','0.5');
INSERT INTO "trial_user_attributes" VALUES(13,13,'seconds','0.5');
INSERT INTO "trial_user_attributes" VALUES(14,14,'seconds','0.5');
CREATE TABLE trial_values (
	trial_value_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	objective INTEGER NOT NULL, 
	value FLOAT, 
	value_type VARCHAR(7) NOT NULL, 
	PRIMARY KEY (trial_value_id), 
	UNIQUE (trial_id, objective), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_values" VALUES(1,1,0,1.99993483784541781211e+00,'FINITE');
INSERT INTO "trial_values" VALUES(2,2,0,5.99829037679471266386e+00,'FINITE');
INSERT INTO "trial_values" VALUES(3,3,0,7.99999854009176214475e+00,'FINITE');
INSERT INTO "trial_values" VALUES(4,4,0,7.71931811791451861354e-03,'FINITE');
INSERT INTO "trial_values" VALUES(5,6,0,NULL,'INF_POS');
INSERT INTO "trial_values" VALUES(6,7,0,7.99992182033844,'FINITE');
INSERT INTO "trial_values" VALUES(7,8,0,7.14263345423645201748e+00,'FINITE');
INSERT INTO "trial_values" VALUES(8,9,0,1.0249513188132345576e+01,'FINITE');
INSERT INTO "trial_values" VALUES(9,10,0,3.98816922492648284759e+00,'FINITE');
INSERT INTO "trial_values" VALUES(10,11,0,2.49721576663886546398e+00,'FINITE');
INSERT INTO "trial_values" VALUES(11,12,0,5.98533098521287865168e+00,'FINITE');
INSERT INTO "trial_values" VALUES(12,13,0,9.99877161452543,'FINITE');
INSERT INTO "trial_values" VALUES(13,14,0,1.02499931505124042274e+01,'FINITE');
INSERT INTO "trial_values" VALUES(14,17,0,9.27508580396033899262e-01,'FINITE');
INSERT INTO "trial_values" VALUES(15,17,1,3.0,'FINITE');
INSERT INTO "trial_values" VALUES(16,18,0,3.47765859745506555888e-01,'FINITE');
INSERT INTO "trial_values" VALUES(17,18,1,3.0,'FINITE');
CREATE TABLE trials (
	trial_id INTEGER NOT NULL, 
	number INTEGER, 
	study_id INTEGER, 
	state VARCHAR(8) NOT NULL, 
	datetime_start DATETIME, 
	datetime_complete DATETIME, 
	PRIMARY KEY (trial_id), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "trials" VALUES(1,0,1,'COMPLETE','2026-11-21 21:06:04.458246','2026-11-21 21:06:04.713636');
INSERT INTO "trials" VALUES(2,1,1,'COMPLETE','2026-11-21 21:06:04.745763','2026-11-21 21:06:04.930254');
INSERT INTO "trials" VALUES(3,2,1,'COMPLETE','2026-11-21 21:06:04.970467','2026-11-21 21:06:05.157135');
INSERT INTO "trials" VALUES(4,3,1,'PRUNED','2026-11-21 21:06:05.205391','2026-11-21 21:06:05.431909');
INSERT INTO "trials" VALUES(5,4,1,'FAIL','2026-11-21 21:06:05.481435','2026-11-21 21:06:05.651653');
INSERT INTO "trials" VALUES(6,5,1,'COMPLETE','2026-11-21 21:06:05.702361','2026-11-21 21:06:05.888847');
INSERT INTO "trials" VALUES(7,6,1,'COMPLETE','2026-11-21 21:06:05.913508','2026-11-21 21:06:06.089185');
INSERT INTO "trials" VALUES(8,7,1,'COMPLETE','2026-11-21 21:06:06.124076','2026-11-21 21:06:06.244485');
INSERT INTO "trials" VALUES(9,8,1,'COMPLETE','2026-11-21 21:06:06.291286','2026-11-21 21:06:06.502299');
INSERT INTO "trials" VALUES(10,9,1,'COMPLETE','2026-11-21 21:06:06.544879','2026-11-21 21:06:06.664779');
INSERT INTO "trials" VALUES(11,10,1,'COMPLETE','2026-11-21 21:06:06.681338','2026-11-21 21:06:06.915760');
INSERT INTO "trials" VALUES(12,11,1,'COMPLETE','2026-11-21 21:06:06.937095','2026-11-21 21:06:07.146626');
INSERT INTO "trials" VALUES(13,12,1,'COMPLETE','2026-11-21 21:06:07.166393','2026-11-21 21:06:07.371260');
INSERT INTO "trials" VALUES(14,13,1,'COMPLETE','2026-11-21 21:06:07.394419','2026-11-21 21:06:07.629175');
INSERT INTO "trials" VALUES(15,14,1,'RUNNING','2026-11-21 21:06:07.665473',NULL);
INSERT INTO "trials" VALUES(16,15,1,'WAITING',NULL,NULL);
INSERT INTO "trials" VALUES(17,0,2,'COMPLETE','2026-11-21 21:06:08.781271','2026-11-21 21:06:08.920649');
INSERT INTO "trials" VALUES(18,1,2,'COMPLETE','2026-11-21 21:06:08.996338','2026-11-21 21:06:09.061415');
CREATE TABLE version_info (
	version_info_id INTEGER NOT NULL, 
	schema_version INTEGER, 
	library_version VARCHAR(256), 
	PRIMARY KEY (version_info_id), 
	CHECK (version_info_id=1)
);
INSERT INTO "version_info" VALUES(1,12,'5.0.0');
CREATE UNIQUE INDEX ix_studies_study_name ON studies (study_name);
CREATE INDEX ix_trials_study_id ON trials (study_id);
COMMIT;

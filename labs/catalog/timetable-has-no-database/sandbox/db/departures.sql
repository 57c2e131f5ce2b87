create role timetable login password 'tide-and-time';
create database timetable owner timetable;
\connect timetable
create table departures (at time primary key, ferry text not null, quay int not null, harbour text not null);
insert into departures values
    ('06:40', 'Aurora', 1, 'Sandvik'), ('07:15', 'Kittiwake', 1, 'Norhaven'), ('08:00', 'Skerryvore', 1, 'Kelpness'),
    ('09:30', 'Petrel', 1, 'Ostrand'), ('11:05', 'Aurora', 1, 'Norhaven'), ('12:45', 'Kittiwake', 1, 'Sandvik'),
    ('14:20', 'Skerryvore', 1, 'Ostrand'), ('16:10', 'Petrel', 1, 'Kelpness'), ('18:30', 'Aurora', 1, 'Sandvik');
alter table departures owner to timetable;

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that the shell says. */
#include "shell.h"

static const char *const messages[M_COUNT] = {
    [M_NONE] = "",
    [M_BAD_COMMAND] = "Bad command or file name",
    [M_FILE_NOT_FOUND] = "File not found",
    [M_PATH_NOT_FOUND] = "Path not found",
    [M_ACCESS_DENIED] = "Access denied",
    [M_NO_MEMORY] = "Program too big to fit in memory",
    [M_BAD_DRIVE] = "Invalid drive specification",
    [M_BAD_DIRECTORY] = "Invalid directory",
    [M_BAD_SWITCH] = "Invalid switch",
    [M_TOO_MANY] = "Too many parameters",
    [M_MISSING] = "Required parameter missing",
    [M_SYNTAX] = "Syntax error",
    [M_NO_LABEL] = "Label not found",
    [M_NO_ENVIRONMENT] = "Out of environment space",
    [M_CANNOT_MAKE] = "Unable to create directory",
    [M_CANNOT_REMOVE] = "Invalid path, not directory,\r\nor directory not empty",
    [M_DUPLICATE] = "Duplicate file name or file not found",
    [M_CREATE] = "File creation error",
    [M_ONTO_ITSELF] = "File cannot be copied onto itself",
    [M_DISK_FULL] = "Insufficient disk space",
    [M_BAD_DATE] = "Invalid date",
    [M_BAD_TIME] = "Invalid time",
    [M_BAD_DEVICE] = "Invalid device",
    [M_BAD_PAGE] = "Invalid code page",
    [M_NESTING] = "Batch files are nested too deeply",
    [M_CANNOT_EXECUTE] = "Cannot execute the program",
    [M_NO_BATCH] = "Batch file missing",
    [M_ON_OFF] = "Must specify ON or OFF",
    [M_CRITICAL] = "Fail on INT 24",
    [M_LINE_LONG] = "The line is too long",
};

void say(enum message m)
{
    print("%s\r\n", messages[m]);
}

void say_error(unsigned error, const char *name)
{
    static const struct {
        uint8_t error, message;
    } of[] = {
        { 2, M_FILE_NOT_FOUND }, { 3, M_PATH_NOT_FOUND }, { 5, M_ACCESS_DENIED },
        { 8, M_NO_MEMORY },      { 15, M_BAD_DRIVE },     { 18, M_FILE_NOT_FOUND },
        { 32, M_ACCESS_DENIED }, { 83, M_CRITICAL },
    };

    for (unsigned i = 0; i < COUNT(of); i++) {
        if (of[i].error != error)
            continue;
        print(name ? "%s - %s\r\n" : "%s\r\n", messages[of[i].message], name);
        return;
    }
    print(name ? "Error %u - %s\r\n" : "Error %u\r\n", error, name);
}

/* What /? prints: one line for each command. */
static const struct {
    const char *command, *text;
} helps[] = {
    { "BREAK", "Checks for Ctrl-C more often.\r\n\r\nBREAK [ON | OFF]" },
    { "CALL", "Runs a batch file from another one.\r\n\r\nCALL file [arguments]" },
    { "CD", "Shows or changes the current directory.\r\n\r\nCD [drive:][path]" },
    { "CHCP", "Shows or sets the code page.\r\n\r\nCHCP [nnn]" },
    { "CLS", "Clears the screen.\r\n\r\nCLS" },
    { "COPY", "Copies files, or joins them with +.\r\n\r\n"
              "COPY [/A | /B] source [+ source ...] [destination] [/A | /B] [/V] [/Y | /-Y]" },
    { "CTTY", "Takes another device as the terminal.\r\n\r\nCTTY device" },
    { "DATE", "Shows or sets the date.\r\n\r\nDATE [date]" },
    { "DEL", "Deletes files.\r\n\r\nDEL [drive:][path]file [/P]" },
    { "DIR", "Lists a directory.\r\n\r\n"
             "DIR [path][file] [/P] [/W] [/A[:][-]RHSDA] [/O[:][-]NESDG] [/S] [/B] [/L]" },
    { "ECHO", "Shows a message, or whether commands are shown.\r\n\r\nECHO [ON | OFF | message]" },
    { "EXIT", "Ends this command interpreter.\r\n\r\nEXIT" },
    { "FOR", "Runs a command for each of a set of files.\r\n\r\nFOR %x IN (set) DO command" },
    { "GOTO", "Goes to a label of the batch file.\r\n\r\nGOTO label" },
    { "IF", "Runs a command under a condition.\r\n\r\nIF [NOT] ERRORLEVEL n command\r\n"
            "IF [NOT] text1==text2 command\r\nIF [NOT] EXIST file command" },
    { "LH", "Loads a program above 640 KB.\r\n\r\nLH program [arguments]" },
    { "MD", "Makes a directory.\r\n\r\nMD [drive:]path" },
    { "PATH", "Shows or sets where programs are looked for.\r\n\r\nPATH [path[;path...] | ;]" },
    { "PAUSE", "Waits for a key.\r\n\r\nPAUSE [text]" },
    { "PROMPT", "Changes the prompt: $P path, $G >, $D date, $T time, $N drive, $V version,\r\n"
                "$Q =, $L <, $B |, $H backspace, $E escape, $_ new line, $$ dollar.\r\n\r\n"
                "PROMPT [text]" },
    { "RD", "Removes an empty directory.\r\n\r\nRD [drive:]path" },
    { "REM", "A remark.\r\n\r\nREM [text]" },
    { "REN", "Renames files.\r\n\r\nREN [drive:][path]file newname" },
    { "SET", "Shows or sets variables of the environment.\r\n\r\nSET [name=[value]]" },
    { "SHIFT", "Moves the arguments of a batch file: %1 becomes %0.\r\n\r\nSHIFT" },
    { "TIME", "Shows or sets the time.\r\n\r\nTIME [time]" },
    { "TRUENAME", "Shows a name in full.\r\n\r\nTRUENAME path" },
    { "TYPE", "Shows a text file.\r\n\r\nTYPE [drive:][path]file" },
    { "VER", "Shows the version of DOS.\r\n\r\nVER" },
    { "VERIFY", "Checks what is written to disks.\r\n\r\nVERIFY [ON | OFF]" },
    { "VOL", "Shows the label of a disk.\r\n\r\nVOL [drive:]" },
};

void help(const char *command)
{
    static const char *const same[][2] = { { "CHDIR", "CD" },   { "MKDIR", "MD" },
                                           { "RMDIR", "RD" },   { "ERASE", "DEL" },
                                           { "RENAME", "REN" }, { "LOADHIGH", "LH" } };

    for (unsigned i = 0; i < COUNT(same); i++)
        if (same_text(command, same[i][0]))
            command = same[i][1];
    for (unsigned i = 0; i < COUNT(helps); i++)
        if (same_text(command, helps[i].command))
            print("%s\r\n", helps[i].text);
}
